#include "sender.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <zlib.h>

#include "buf.h"

enum {
	BLOCK = 16384,
	GZIP_MIN = 256, /* smaller answers are not worth it */
	TICK_MS = 20,
};

static const char json_media[] =
    "application/json;odata.metadata=minimal;odata.streaming=true;"
    "IEEE754Compatible=false;charset=utf-8";

static atomic_bool stopping;

/* Bytes that go out in pieces. */
struct stream {
	char *data;
	size_t len;
	size_t end; /* stop after so many */
	struct wire w;
	int socket;
};

void
sender_stop(void)
{
	stopping = true;
}

void
sender_sleep(long ms)
{
	for (; ms > 0 && !stopping; ms -= TICK_MS) {
		long part = ms < TICK_MS ? ms : TICK_MS;
		struct timespec t = { .tv_nsec = part * 1000000 };

		nanosleep(&t, NULL);
	}
}

static bool
client_left(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* On Linux, connecting to nowhere drops a TCP connection with RST. */
void
sender_reset(int fd)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	connect(fd, &nowhere, sizeof(nowhere));
}

static void
stall(const struct stream *s)
{
	long left = s->w.stall_s > 0 ? s->w.stall_s * 1000 : -1;

	while (!stopping && left != 0 && !client_left(s->socket)) {
		sender_sleep(TICK_MS);
		if (left > 0)
			left = left > TICK_MS ? left - TICK_MS : 0;
	}
}

/* Here the bytes end, though more were promised. */
static ssize_t
break_off(struct stream *s)
{
	if (s->w.stall) {
		stall(s);
		if (s->w.stall_s > 0 && !stopping) {
			s->end = s->len;
			s->w.stall = false;
			return 0;
		}
	}
	if (s->w.reset)
		sender_reset(s->socket);
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t
read_stream(void *cls, uint64_t pos, char *out, size_t max)
{
	struct stream *s = cls;
	size_t n;

	if (stopping)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (pos >= s->len)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (pos >= s->end)
		return break_off(s);
	n = s->end - pos;
	if (n > max)
		n = max;
	if (s->w.drip > 0) {
		sender_sleep(1000 / s->w.drip);
		n = 1;
		if (client_left(s->socket))
			return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	memcpy(out, s->data + pos, n);
	return (ssize_t)n;
}

static void
free_stream(void *cls)
{
	struct stream *s = cls;

	free(s->data);
	free(s);
}

static char *
compress_gzip(const char *text, size_t len, size_t *out_len)
{
	z_stream z = { 0 };
	size_t max;
	char *out;
	union {
		const char *in;
		unsigned char *out;
	} from = { text };

	if (deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	max = deflateBound(&z, len);
	out = xmalloc(max);
	z.next_in = from.out;
	z.avail_in = (unsigned)len;
	z.next_out = (unsigned char *)out;
	z.avail_out = (unsigned)max;
	deflate(&z, Z_FINISH);
	*out_len = z.total_out;
	deflateEnd(&z);
	return out;
}

/* The body as text; NULL if the answer has none. */
static char *
body_text(const struct reply *reply, size_t *len)
{
	char *text = NULL;

	if (reply->text != NULL)
		text = xstrdup(reply->text);
	else if (reply->json != NULL)
		text = json_dumps(reply->json, JSON_COMPACT);
	*len = text == NULL ? 0 : strlen(text);
	return text;
}

/* Behind the last ']' of the first half: valid so far, and not the end. */
static size_t
json_boundary(const char *text, size_t len)
{
	for (size_t i = len / 2; i > 0; i--)
		if (text[i - 1] == ']' || text[i - 1] == '}')
			return i;
	return len / 2;
}

static size_t
cut_point(const struct wire *w, const char *text, size_t len)
{
	if (!w->cut && !w->stall && !w->reset)
		return len;
	if (w->cut_json)
		return json_boundary(text, len);
	if (w->keep >= 0)
		return (size_t)w->keep < len ? (size_t)w->keep : len;
	return len / 2;
}

static bool
wants_gzip(const struct request *r, size_t len, const struct wire *w)
{
	const char *accept = request_get_header(r, "accept-encoding");

	if (accept == NULL || strstr(accept, "gzip") == NULL)
		return false;
	return w->gzip || (len >= GZIP_MIN && !w->no_gzip);
}

/* Which answers are chunked must not depend on the hour. */
static bool
wants_chunks(const struct request *r, size_t len, const struct wire *w)
{
	if (w->chunked)
		return true;
	if (w->cut || w->reset || w->chunk_mode == 1)
		return false;
	return w->chunk_mode == 2 || (strlen(r->target) + len) % 3 == 0;
}

static void
add_header(struct MHD_Response *response, const struct wire *w,
    const char *name, const char *value)
{
	char *copy = xstrdup(name);

	for (char *p = copy; w->lower_case && *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	MHD_add_response_header(response, copy, value);
	free(copy);
}

static void
add_headers(struct MHD_Response *response, const struct wire *w,
    const struct reply *reply)
{
	for (size_t i = 0; i < reply->headers.n; i++)
		add_header(response, w, reply->headers.list[i].name,
		    reply->headers.list[i].value);
	if (reply->text != NULL)
		add_header(response, w, "Content-Type", reply->type);
	else if (reply->json != NULL)
		add_header(response, w, "Content-Type", json_media);
}

static bool
is_plain(const struct wire *w)
{
	return !w->cut && !w->stall && !w->reset && w->drip == 0;
}

struct MHD_Response *
sender_response(const struct request *r, const struct reply *reply,
    const struct wire *w, int socket)
{
	size_t len, packed = 0;
	char *text = body_text(reply, &len);
	bool gzip = text != NULL && wants_gzip(r, len, w);
	bool chunks = text != NULL && wants_chunks(r, len, w);
	struct MHD_Response *response;
	struct stream *s;

	if (gzip) {
		char *small = compress_gzip(text, len, &packed);

		free(text);
		text = small;
		len = packed;
	}
	if (is_plain(w) && !chunks) {
		response = MHD_create_response_from_buffer(len,
		    text == NULL ? xstrdup("") : text, MHD_RESPMEM_MUST_FREE);
	} else {
		s = xcalloc(1, sizeof(*s));
		s->data = text == NULL ? xstrdup("") : text;
		s->len = len;
		s->w = *w;
		s->socket = socket;
		s->end = cut_point(w, s->data, len);
		response = MHD_create_response_from_callback(
		    chunks ? MHD_SIZE_UNKNOWN : len, BLOCK, read_stream, s,
		    free_stream);
	}
	add_headers(response, w, reply);
	if (gzip)
		add_header(response, w, "Content-Encoding", "gzip");
	return response;
}
