/*
 * http: a request and its answer as values, independent of the connection,
 * so that $batch can make requests of its own.
 */
#ifndef GRAPHSIM_HTTP_H
#define GRAPHSIM_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world.h"

struct pair {
	char *name;
	char *value;
};

struct pairs {
	struct pair *list;
	size_t n;
};

struct request {
	char *method;
	char *target;	 /* as it came, path and query */
	char *path;	 /* without the query, not decoded */
	char **segments; /* decoded, without empty ones */
	size_t nsegments;
	struct pairs query;   /* decoded */
	struct pairs headers; /* names in lower case */
	char *root;	      /* https://host:port, as the client called it */
	char *body;
	size_t body_len;
	json_t *json;	 /* the parsed body, once request_json was called */
	struct app *app; /* set by the token check */
	struct user *me; /* who has signed in; NULL: the app itself */
	bool may_calendars, may_groups; /* the person has let it */
	bool may_write_groups, may_names;
	bool in_batch;
	bool too_large; /* the body was thrown away */
};

struct reply {
	int status;
	struct pairs headers;
	json_t *json;	  /* the body, or NULL */
	char *text;	  /* a body that is not JSON; wins over json */
	const char *type; /* Content-Type of text */
};

struct request *request_new(
    const char *method, const char *target, const char *root);
void request_free(struct request *r);
void request_header(struct request *r, const char *name, const char *value);
void request_set_body(struct request *r, const char *bytes, size_t len);

/* NULL if there is none.  Query names are compared in any case. */
const char *request_get_header(const struct request *r, const char *name);
const char *request_query(const struct request *r, const char *name);

/* The segment at an index, "" behind the last one. */
const char *request_segment(const struct request *r, size_t i);

/* Segment i is this word, in any case, with or without "()" and prefix. */
bool request_is(const struct request *r, size_t i, const char *word);

/* ".../me/..." becomes ".../users/{who}/..."; the path stays as it came. */
void request_me(struct request *r, const char *who);

/*
 * The body as a JSON object.  On failure NULL, and *error is the answer.
 */
json_t *request_json(struct request *r, struct reply **error);

struct reply *reply_new(int status, json_t *body_to_free);
struct reply *reply_text(int status, const char *type, char *text_to_free);

/* {"error":{"code","message","innerError"}} */
struct reply *reply_error(int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void reply_header(struct reply *r, const char *name, const char *value);
const char *reply_get_header(const struct reply *r, const char *name);
void reply_free(struct reply *r);

/* An entity or collection context: root/v1.0/$metadata#what */
json_t *reply_context(const struct request *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void pairs_add(struct pairs *p, const char *name, const char *value);
const char *pairs_get(const struct pairs *p, const char *name);
void pairs_free(struct pairs *p);

/* Split "a=1&b=2" with unescaping. */
void pairs_parse(struct pairs *p, const char *text);

#endif
