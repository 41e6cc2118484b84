/*
 * fault: failures that a test arms, and that hit matching requests.
 *
 * A fault says which requests it hits (method, path, mailbox, which match,
 * how often, with what chance) and what then happens.  Faults that replace an
 * answer come in two flavours: commit "before" (the request is not executed)
 * and "after" (it is executed, and its answer is lost).
 */
#ifndef GRAPHSIM_FAULT_H
#define GRAPHSIM_FAULT_H

#include "http.h"

enum fault_kind {
	FAULT_STATUS,	/* another answer */
	FAULT_GONE,	/* 410 in the variant of mode delta.gone */
	FAULT_RESET,	/* the connection is reset */
	FAULT_CUT,	/* the body ends early */
	FAULT_STALL,	/* nothing more comes */
	FAULT_DRIP,	/* a few bytes a second */
	FAULT_DELAY,	/* the answer comes late */
	FAULT_CLOSE,	/* closed after the answer, unannounced */
	FAULT_REDIRECT, /* to another host */
	FAULT_FOREIGN,	/* links point to another host */
	FAULT_STUCK,	/* a delta round that does not end */
	FAULT_EDIT,	/* text of the answer replaced */
};

struct fault {
	int id;
	bool armed;
	char *method;  /* NULL: any */
	char *path;    /* extended regular expression on path and query */
	char *mailbox; /* NULL: any */
	enum fault_kind kind;
	int64_t nth;   /* only this match; 0: every */
	int64_t count; /* hits that are left; -1: no end */
	int64_t percent;
	uint64_t dice;
	uint64_t matched, fired;
	int status;
	bool after; /* executed first */
	char *at;   /* where: "headers", "body", "length", "json", ... */
	char *code, *message, *body;
	char *retry_after;
	char *host, *from, *to;
	int64_t amount; /* seconds, milliseconds or bytes, by kind */
};

/* What the connection shall do to the answer. */
struct wire {
	bool reset;	 /* end with a reset, not in order */
	bool no_headers; /* before anything is sent */
	bool cut;
	bool chunked; /* cut or stall in a chunked stream */
	bool stall;
	bool close;
	long keep; /* bytes sent before reset, cut, stall; -1: half */
	long drip; /* bytes a second */
	long delay_ms;
	long stall_s;  /* 0: for ever */
	bool cut_json; /* cut after a ']' */
	bool gzip;     /* compress before cutting */
	/* Modes, read while the lock was held. */
	bool no_gzip, lower_case;
	int64_t chunk_mode;
};

/* Arm one; NULL, or the answer that says what is wrong.  *made: its JSON. */
struct reply *fault_arm(json_t *spec, json_t **made);
bool fault_disarm(int id);
void fault_clear(void);
json_t *fault_list(void);

/* The fault that hits a request, counted as fired; NULL: none. */
struct fault *fault_match(const struct request *r);

/* The answer of a fault that replaces the real one; NULL if it does not. */
struct reply *fault_reply(const struct fault *f, const struct request *r);

/* Change a real answer, and say what the connection is to do. */
void fault_spoil(const struct fault *f, struct reply *reply, struct wire *w);

#endif
