/*
 * server: HTTP and TLS with libmicrohttpd, one thread for each connection, so
 * that a slow answer holds up nobody else.
 */
#ifndef GRAPHSIM_SERVER_H
#define GRAPHSIM_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct server_options {
	const char *address; /* "127.0.0.1" */
	uint16_t port;	     /* 0: any */
	const char *cert;    /* PEM text; NULL: plain HTTP */
	const char *key;
};

/* The port, or 0 if it could not start. */
uint16_t server_start(const struct server_options *o);
/* A further port, plain HTTP, on which nothing but /__sim/ is served. */
uint16_t server_start_control(const char *address);
void server_stop(void);

#endif
