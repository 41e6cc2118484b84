#include "http.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "text.h"

void
pairs_add(struct pairs *p, const char *name, const char *value)
{
	p->list = xrealloc(p->list, (p->n + 1) * sizeof(*p->list));
	p->list[p->n].name = xstrdup(name);
	p->list[p->n++].value = xstrdup(value);
}

const char *
pairs_get(const struct pairs *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcasecmp(p->list[i].name, name) == 0)
			return p->list[i].value;
	return NULL;
}

void
pairs_free(struct pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->list[i].name);
		free(p->list[i].value);
	}
	free(p->list);
	p->list = NULL;
	p->n = 0;
}

void
pairs_parse(struct pairs *p, const char *s)
{
	while (*s != '\0') {
		size_t len = strcspn(s, "&");
		const char *eq = memchr(s, '=', len);
		size_t name = eq == NULL ? len : (size_t)(eq - s);
		char *n = text_unescape(s, name, true);
		char *v = eq == NULL
			      ? xstrdup("")
			      : text_unescape(eq + 1, len - name - 1, true);

		if (len > 0)
			pairs_add(p, n, v);
		free(n);
		free(v);
		s += len;
		s += *s == '&';
	}
}

static void
add_segment(struct request *r, const char *s, size_t len)
{
	r->segments =
	    xrealloc(r->segments, (r->nsegments + 1) * sizeof(*r->segments));
	r->segments[r->nsegments++] = text_unescape(s, len, false);
}

void
request_me(struct request *r, const char *who)
{
	if (!request_is(r, 1, "me"))
		return;
	add_segment(r, "", 0);
	free(r->segments[--r->nsegments]);
	for (size_t i = r->nsegments++; i > 2; i--)
		r->segments[i] = r->segments[i - 1];
	free(r->segments[1]);
	r->segments[1] = xstrdup("users");
	r->segments[2] = xstrdup(who);
}

/*
 * OData also writes keys as users('x')/events('y'): such a segment becomes
 * two.  A function's empty parentheses are dropped by request_is.
 */
static void
split_segment(struct request *r, const char *s, size_t len)
{
	const char *open = memchr(s, '(', len);

	if (open == NULL || open + 1 == s + len - 1 || s[len - 1] != ')' ||
	    open[1] != '\'') {
		add_segment(r, s, len);
		return;
	}
	add_segment(r, s, (size_t)(open - s));
	add_segment(r, open + 2, len - (size_t)(open + 2 - s) - 2);
}

static void
split_path(struct request *r)
{
	for (const char *s = r->path; *s != '\0';) {
		size_t len;

		s += *s == '/';
		len = strcspn(s, "/");
		if (len > 0)
			split_segment(r, s, len);
		s += len;
	}
}

struct request *
request_new(const char *method, const char *target, const char *root)
{
	struct request *r = xcalloc(1, sizeof(*r));
	size_t len = strcspn(target, "?");

	r->method = xstrdup(method);
	r->target = xstrdup(target);
	r->root = xstrdup(root);
	r->path = xmalloc(len + 1);
	memcpy(r->path, target, len);
	r->path[len] = '\0';
	split_path(r);
	if (target[len] == '?')
		pairs_parse(&r->query, target + len + 1);
	return r;
}

void
request_free(struct request *r)
{
	for (size_t i = 0; i < r->nsegments; i++)
		free(r->segments[i]);
	free(r->segments);
	pairs_free(&r->query);
	pairs_free(&r->headers);
	json_decref(r->json);
	free(r->method);
	free(r->target);
	free(r->path);
	free(r->root);
	free(r->body);
	free(r);
}

void
request_header(struct request *r, const char *name, const char *value)
{
	char *lower = xstrdup(name);

	for (char *p = lower; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	pairs_add(&r->headers, lower, value);
	free(lower);
}

void
request_set_body(struct request *r, const char *bytes, size_t len)
{
	free(r->body);
	r->body = xmalloc(len + 1);
	if (len > 0)
		memcpy(r->body, bytes, len);
	r->body[len] = '\0';
	r->body_len = len;
}

const char *
request_get_header(const struct request *r, const char *name)
{
	return pairs_get(&r->headers, name);
}

const char *
request_query(const struct request *r, const char *name)
{
	return pairs_get(&r->query, name);
}

const char *
request_segment(const struct request *r, size_t i)
{
	return i < r->nsegments ? r->segments[i] : "";
}

bool
request_is(const struct request *r, size_t i, const char *word)
{
	static const char prefix[] = "microsoft.graph.";
	const char *s = request_segment(r, i);
	size_t len = strlen(word);

	if (strncasecmp(s, prefix, sizeof(prefix) - 1) == 0)
		s += sizeof(prefix) - 1;
	return strncasecmp(s, word, len) == 0 &&
	       (s[len] == '\0' || strcmp(s + len, "()") == 0);
}

json_t *
request_json(struct request *r, struct reply **error)
{
	json_error_t where;

	*error = NULL;
	if (r->json != NULL)
		return r->json;
	r->json =
	    json_loadb(r->body_len > 0 ? r->body : "", r->body_len, 0, &where);
	if (json_is_object(r->json))
		return r->json;
	*error = reply_error(400, "BadRequest",
	    "Unable to read JSON request payload. Please ensure Content-Type "
	    "header is set and payload is of valid JSON format.");
	return NULL;
}

struct reply *
reply_new(int status, json_t *body)
{
	struct reply *r = xcalloc(1, sizeof(*r));

	r->status = status;
	r->json = body;
	return r;
}

struct reply *
reply_text(int status, const char *type, char *text)
{
	struct reply *r = reply_new(status, NULL);

	r->text = text;
	r->type = type;
	return r;
}

static json_t *
inner_error(void)
{
	char date[WHEN_TEXT], guid[37];

	when_format(world_now(), date);
	random_guid(guid);
	return json_pack("{s:s, s:s, s:s}", "date", date, "request-id", guid,
	    "client-request-id", guid);
}

struct reply *
reply_error(int status, const char *code, const char *fmt, ...)
{
	char message[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return reply_new(
	    status, json_pack("{s:{s:s, s:s, s:o}}", "error", "code", code,
			"message", message, "innerError", inner_error()));
}

void
reply_header(struct reply *r, const char *name, const char *value)
{
	pairs_add(&r->headers, name, value);
}

const char *
reply_get_header(const struct reply *r, const char *name)
{
	return pairs_get(&r->headers, name);
}

void
reply_free(struct reply *r)
{
	if (r == NULL)
		return;
	pairs_free(&r->headers);
	json_decref(r->json);
	free(r->text);
	free(r);
}

json_t *
reply_context(const struct request *r, const char *fmt, ...)
{
	char what[1024], *text;
	va_list ap;
	json_t *json;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	text = xasprintf("%s/v1.0/$metadata#%s", r->root, what);
	json = json_string(text);
	free(text);
	return json;
}
