/*
 * http_url: just enough of RFC 3986 to know to whom a URL leads.  It is
 * stricter than libcurl's parser on purpose: where two parsers could read two
 * hosts (user@host, backslashes, blanks, controls), none is read.
 */
#include <string.h>

#include "bounds.h"
#include "http.h"

struct url {
	bool https;
	struct slice host; /* [::1] with its brackets */
	int64_t port;
};

static bool
is_visible(struct slice text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.data[i] <= 0x20 || text.data[i] >= 0x7f ||
		    text.data[i] == '\\')
			return false;
	return true;
}

static bool
is_host_char(char c)
{
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '-' ||
	       c == '.' || c == '_';
}

/* The length of a name, an IPv4 address, or [IPv6]. */
static size_t
host_length(struct slice s)
{
	size_t n = 0;
	const char *close;

	if (s.len > 0 && s.data[0] == '[') {
		close = memchr(s.data, ']', s.len);
		return close == NULL ? 0 : (size_t)(close - s.data) + 1;
	}
	while (n < s.len && is_host_char(s.data[n]))
		n++;
	return n;
}

static struct slice
rest_of(struct slice s, size_t n)
{
	return (struct slice){ s.data + n, s.len - n };
}

static bool
read_scheme(struct slice *s, struct url *u)
{
	static const struct {
		struct slice text;
		int64_t port;
	} schemes[] = { { { "https://", 8 }, 443 }, { { "http://", 7 }, 80 } };
	size_t i;
	struct slice head;

	for (i = 0; i < 2; i++) {
		head = (struct slice){ s->data, schemes[i].text.len };
		if (s->len < head.len ||
		    !slice_is_nocase(head, schemes[i].text.data))
			continue;
		u->https = i == 0;
		u->port = schemes[i].port;
		*s = rest_of(*s, head.len);
		return true;
	}
	return false;
}

static bool
read_url(struct slice s, struct url *u)
{
	size_t n;

	if (s.data == NULL || s.len > URL_MAX_BYTES || !is_visible(s) ||
	    !read_scheme(&s, u))
		return false;
	n = host_length(s);
	if (n == 0)
		return false;
	u->host = (struct slice){ s.data, n };
	s = rest_of(s, n);
	if (s.len > 0 && s.data[0] == ':') {
		s = rest_of(s, 1);
		for (n = 0; n < s.len && ascii_is_digit(s.data[n]); n++)
			;
		if (!slice_int64(
			(struct slice){ s.data, n }, 1, 65535, &u->port))
			return false;
		s = rest_of(s, n);
	}
	return s.len == 0 || strchr("/?#", s.data[0]) != NULL;
}

bool
http_origin(struct slice url, struct str *origin)
{
	struct url u;
	size_t i;

	str_reset(origin);
	if (!read_url(url, &u))
		return false;
	str_adds(origin, u.https ? "https://" : "http://");
	for (i = 0; i < u.host.len; i++)
		str_addc(origin, ascii_lower(u.host.data[i]));
	str_addf(origin, ":%d", (int)u.port);
	return true;
}

bool
http_same_origin(struct slice a, struct slice b)
{
	struct str one = { 0 }, two = { 0 };
	bool same = http_origin(a, &one) && http_origin(b, &two) &&
		    slice_eq(str_slice(&one), str_slice(&two));

	str_free(&one);
	str_free(&two);
	return same;
}

bool
http_is_loopback(struct slice url)
{
	struct url u;

	return read_url(url, &u) &&
	       (slice_is(u.host, "127.0.0.1") || slice_is(u.host, "[::1]") ||
		   slice_is_nocase(u.host, "localhost"));
}

bool
http_is_secure(struct slice url)
{
	struct url u;

	return read_url(url, &u) && (u.https || http_is_loopback(url));
}

void
http_escape(struct str *out, struct slice text)
{
	unsigned char c;
	size_t i;

	for (i = 0; i < text.len; i++) {
		c = (unsigned char)text.data[i];
		if (c < 0x80 && (is_host_char((char)c) || c == '~'))
			str_addc(out, (char)c);
		else
			str_addf(out, "%%%02X", c);
	}
}
