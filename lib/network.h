/*
 * network: the options of every program that speaks to Graph, how they are
 * checked, and what graph and http are opened with.
 */
#ifndef NETWORK_H
#define NETWORK_H

#include "graph.h"
#include "opts.h"

struct network {
	const char *ca_file, *proxy;
	bool http1, insecure;
	int64_t concurrency, timeout_s, patience_s, backoff_ms;
};
extern struct network network;

/* Rows of a program's table: of one that makes a few requests, ... */
#define NETWORK_OPTIONS                                                   \
	{ 0, "ca-file", OPT_TEXT, &network.ca_file,                       \
		"FILE|trust these certificates (CALSYNC_CA_FILE)" },      \
	    { 0, "proxy", OPT_TEXT, &network.proxy,                       \
		    "URL|proxy, instead of what the environment names" }, \
	{                                                                 \
		0, "insecure-http", OPT_FLAG, &network.insecure,          \
		    "speak http:// to this machine itself (tests)"        \
	}
/* ... and beside them, of one that works on many mailboxes. */
#define NETWORK_GRAPH_OPTIONS                                                  \
	{ 0, "concurrency", OPT_NUMBER, &network.concurrency,                  \
		"N|requests to Graph under way at a time (32)" },              \
	    { 0, "timeout", OPT_NUMBER, &network.timeout_s,                    \
		    "SECS|for one request (90)" },                             \
	    { 0, "patience", OPT_NUMBER, &network.patience_s,                  \
		    "SECS|give a mailbox up that answers nothing good for so " \
		    "long (300)" },                                            \
	    { 0, "backoff", OPT_NUMBER, &network.backoff_ms,                   \
		    "MS|first pause after a failure, doubled each time "       \
		    "(1000)" },                                                \
	{                                                                      \
		0, "http1.1", OPT_FLAG, &network.http1, "do not use HTTP/2"    \
	}

/* Ends the program if one is out of range; looks into the environment. */
void network_check(int64_t deadline_s);
struct http_options network_http(void);
/* deadline: http_now; what a program sets beside this is zero. */
struct graph_options network_graph(int64_t deadline);

#endif
