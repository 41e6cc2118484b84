#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"

static const char plain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *
text_base64(const void *bytes, size_t len, bool url)
{
	const unsigned char *p = bytes;
	const char *digits = url ? url_safe : plain;
	char *out = xmalloc((len + 2) / 3 * 4 + 1), *o = out;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;

		v |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
		v |= i + 2 < len ? p[i + 2] : 0;
		*o++ = digits[v >> 18];
		*o++ = digits[v >> 12 & 63];
		*o++ = i + 1 < len ? digits[v >> 6 & 63] : '=';
		*o++ = i + 2 < len ? digits[v & 63] : '=';
	}
	*o = '\0';
	return out;
}

static int
base64_digit(char c)
{
	const char *p;

	if (c == '\0')
		return -1;
	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	p = strchr(plain, c);
	return p == NULL ? -1 : (int)(p - plain);
}

unsigned char *
text_unbase64(const char *s, size_t *len)
{
	unsigned char *out = xmalloc(strlen(s) + 1);
	uint32_t v = 0;
	int bits = 0;

	*len = 0;
	for (; *s != '\0' && *s != '='; s++) {
		int d = base64_digit(*s);

		if (d < 0) {
			free(out);
			return NULL;
		}
		v = v << 6 | (uint32_t)d;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[(*len)++] = (unsigned char)(v >> bits);
		}
	}
	return out;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
text_unescape(const char *s, size_t len, bool plus)
{
	char *out = xmalloc(len + 1), *o = out;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len && hex(s[i + 1]) >= 0 &&
		    hex(s[i + 2]) >= 0) {
			*o++ = (char)(hex(s[i + 1]) * 16 + hex(s[i + 2]));
			i += 2;
		} else if (s[i] == '+' && plus) {
			*o++ = ' ';
		} else {
			*o++ = s[i];
		}
	}
	*o = '\0';
	return out;
}

char *
text_escape(const char *s)
{
	struct buf b = { 0 };

	buf_puts(&b, "");
	for (; *s != '\0'; s++)
		if (isalnum((unsigned char)*s) || strchr("-_.~", *s) != NULL)
			buf_putc(&b, *s);
		else
			buf_printf(&b, "%%%02X", (unsigned)(unsigned char)*s);
	return b.data;
}

char *
text_to_html(const char *s)
{
	struct buf b = { 0 };

	buf_puts(&b, "");
	for (; *s != '\0'; s++)
		if (*s == '&')
			buf_puts(&b, "&amp;");
		else if (*s == '<')
			buf_puts(&b, "&lt;");
		else if (*s == '>')
			buf_puts(&b, "&gt;");
		else if (*s == '\n')
			buf_puts(&b, "<br>\r\n");
		else if (*s != '\r')
			buf_putc(&b, *s);
	return b.data;
}

/* One entity at s, if it is one of the common ones; its length. */
static size_t
entity(const char *s, struct buf *b)
{
	static const struct {
		const char *name, *text;
	} known[] = {
		{ "&amp;", "&" },
		{ "&lt;", "<" },
		{ "&gt;", ">" },
		{ "&quot;", "\"" },
		{ "&#39;", "'" },
		{ "&nbsp;", " " },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(s, known[i].name, strlen(known[i].name)) == 0) {
			buf_puts(b, known[i].text);
			return strlen(known[i].name);
		}
	buf_putc(b, *s);
	return 1;
}

/* A tag at s: what it means for text; its length. */
static size_t
tag(const char *s, struct buf *b)
{
	static const char *const breaks[] = { "<br", "</p", "</div", "</tr",
		"</li", "</h1", "</h2", "</h3" };
	size_t len = strcspn(s, ">");

	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++)
		if (strncasecmp(s, breaks[i], strlen(breaks[i])) == 0) {
			buf_puts(b, "\r\n");
			break;
		}
	return s[len] == '>' ? len + 1 : len;
}

char *
html_to_text(const char *html)
{
	struct buf b = { 0 };
	size_t lead;

	buf_puts(&b, "");
	while (*html != '\0')
		if (*html == '<') {
			html += tag(html, &b);
		} else if (*html == '&') {
			html += entity(html, &b);
		} else if (*html == '\r' || *html == '\n') {
			html++;
		} else {
			buf_putc(&b, *html++);
		}
	while (b.len > 0 && strchr("\r\n ", b.data[b.len - 1]) != NULL)
		b.data[--b.len] = '\0';
	lead = strspn(b.data, "\r\n ");
	memmove(b.data, b.data + lead, b.len - lead + 1);
	return b.data;
}

void
text_truncate(char *s, size_t n)
{
	for (size_t seen = 0; *s != '\0'; s++)
		if (((unsigned char)*s & 0xc0) != 0x80 && seen++ == n) {
			*s = '\0';
			return;
		}
}

bool
text_is_address(const char *s)
{
	const char *at = strrchr(s, '@');

	return at != NULL && at != s && strchr(at, '.') != NULL &&
	       at[1] != '.' && strpbrk(s, " \t\r\n,;<>") == NULL;
}

/* FNV-1a. */
uint64_t
text_hash(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}
