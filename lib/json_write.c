/*
 * json, the writing half: compact text straight into a str.  yajl's generator
 * is not used: it takes a key without a value and `{]` without a word, and it
 * would copy every byte once more.
 */
#include <assert.h>
#include <string.h>

#include "json_parts.h"
#include "utf8.h"

static void
add_escape(struct str *out, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char shorts[] = "\"\\bfnrt", bytes[] = "\"\\\b\f\n\r\t";
	const char *p = c != 0 ? strchr(bytes, c) : NULL;
	char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (p != NULL)
		text[1] = shorts[p - bytes];
	str_add(out, text, p != NULL ? 2 : sizeof text);
}

/* A text that holds nothing to escape, in one step. */
static void
add_plain(struct str *out, const char *text, size_t n)
{
	char *p = str_extend(out, n + 2);

	p[0] = p[n + 1] = '"';
	if (n != 0)
		memcpy(p + 1, text, n);
}

void
json_quote(struct str *out, struct slice text)
{
	const char *s = text.data, *end = s + text.len;
	size_t n = json_plain_length(s, text.len);

#ifdef CALSYNC_SANITIZED
	assert(utf8_valid(text));
#endif
	if (n == text.len) {
		add_plain(out, s, n);
		return;
	}
	str_addc(out, '"');
	while (s + n < end) {
		str_add(out, s, n);
		add_escape(out, (unsigned char)s[n]);
		s += n + 1;
		n = json_plain_length(s, (size_t)(end - s));
	}
	str_add(out, s, n);
	str_addc(out, '"');
}

void
jw_start(struct jsonw *w, struct str *out)
{
	w->out = out;
	w->depth = 0;
	w->comma = false;
}

/* Comma before the next value, if one precedes it. */
static void
add_comma(struct jsonw *w)
{
	if (w->comma)
		str_addc(w->out, ',');
	w->comma = true;
}

static bool
in_object(const struct jsonw *w)
{
	return w->depth > 0 && w->stack[w->depth - 1] == '{';
}

/* Comma and key of the next value.  A key is a word of ours: nothing in it
 * needs to be escaped. */
static void
begin_value(struct jsonw *w, const char *key)
{
	size_t n;
	char *p;

	assert(in_object(w) == (key != NULL));
	if (key == NULL) {
		add_comma(w);
		return;
	}
	n = strlen(key);
	p = str_extend(w->out, n + 3 + w->comma);
	if (w->comma)
		*p++ = ',';
	w->comma = true;
	p[0] = p[n + 1] = '"';
	p[n + 2] = ':';
	memcpy(p + 1, key, n);
}

static void
open_value(struct jsonw *w, const char *key, char bracket)
{
	assert(w->depth < JSON_WRITE_DEPTH);
	begin_value(w, key);
	str_addc(w->out, bracket);
	w->stack[w->depth++] = bracket;
	w->comma = false;
}

void
jw_object(struct jsonw *w, const char *key)
{
	open_value(w, key, '{');
}

void
jw_array(struct jsonw *w, const char *key)
{
	open_value(w, key, '[');
}

void
jw_end(struct jsonw *w)
{
	assert(w->depth > 0);
	w->depth--;
	str_addc(w->out, w->stack[w->depth] == '{' ? '}' : ']');
	w->comma = true;
}

void
jw_str(struct jsonw *w, const char *key, struct slice text)
{
	if (text.data == NULL) {
		jw_null(w, key);
		return;
	}
	begin_value(w, key);
	json_quote(w->out, text);
}

void
jw_cstr(struct jsonw *w, const char *key, const char *text)
{
	jw_str(w, key, slice_of(text));
}

void
jw_int(struct jsonw *w, const char *key, int64_t n)
{
	begin_value(w, key);
	str_add_int(w->out, n);
}

void
jw_bool(struct jsonw *w, const char *key, bool b)
{
	begin_value(w, key);
	str_adds(w->out, b ? "true" : "false");
}

void
jw_null(struct jsonw *w, const char *key)
{
	begin_value(w, key);
	str_adds(w->out, "null");
}

void
jw_raw(struct jsonw *w, const char *key, struct slice raw)
{
	begin_value(w, key);
	str_add_slice(w->out, raw.data != NULL ? raw : SLICE("null"));
}

void
jw_key_raw(struct jsonw *w, struct slice key, struct slice raw)
{
	assert(in_object(w) == (key.data != NULL));
	add_comma(w);
	if (key.data != NULL) {
		json_quote(w->out, key);
		str_addc(w->out, ':');
	}
	str_add_slice(w->out, raw.data != NULL ? raw : SLICE("null"));
}

static void
begin_extended(struct jsonw *w, struct str *out, bool comma)
{
	jw_start(w, out);
	w->stack[w->depth++] = '{';
	w->comma = comma;
}

void
jw_extend(struct jsonw *w, struct str *out, const struct json *object)
{
	assert(object->type == JSON_OBJECT);
	str_add(out, object->raw.data, object->raw.len - 1);
	begin_extended(w, out, object->child != NULL);
}

static bool
is_listed(struct slice key, const char *const *list)
{
	for (; *list != NULL; list++)
		if (slice_is(key, *list))
			return true;
	return false;
}

void
jw_extend_without(struct jsonw *w, struct str *out, const struct json *object,
    const char *const *drop)
{
	const struct json *m;

	assert(object->type == JSON_OBJECT);
	str_addc(out, '{');
	begin_extended(w, out, false);
	for (m = object->child; m != NULL; m = m->next)
		if (!is_listed(m->key, drop))
			jw_key_raw(w, m->key, m->raw);
}

void
json_squeeze(struct str *out, struct slice raw)
{
	bool in_string = false;
	size_t from = 0;

	for (size_t i = 0; i < raw.len; i++) {
		if (raw.data[i] == '"') {
			in_string = !in_string;
		} else if (in_string) {
			i += raw.data[i] == '\\';
		} else if (ascii_is_space(raw.data[i])) {
			str_add(out, raw.data + from, i - from);
			from = i + 1;
		}
	}
	str_add(out, raw.data + from, raw.len - from);
}
