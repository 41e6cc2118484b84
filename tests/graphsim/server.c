#include "server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "buf.h"
#include "http.h"
#include "sender.h"
#include "serve.h"

enum {
	BODY_MAX = 4 * 1024 * 1024,
	WORLD_MAX = 512 * 1024 * 1024, /* of a world */
	CONNECTIONS_MAX = 900,
	IDLE_SECONDS = 300,
};

/* What belongs to one request while it is received. */
struct exchange {
	struct buf body;
	bool too_large;
	bool close; /* the connection, without a word */
};

static struct MHD_Daemon *daemon_handle, *control_handle;
static bool use_tls;

static enum MHD_Result
copy_header(
    void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	request_header(cls, name, value == NULL ? "" : value);
	return MHD_YES;
}

/* MHD has decoded the path; the raw one is kept by the first callback. */
static void *
on_uri(void *cls, const char *uri, struct MHD_Connection *c)
{
	(void)cls;
	(void)c;
	return xstrdup(uri);
}

static int
socket_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info == NULL ? -1 : info->connect_fd;
}

static struct request *
make_request(struct MHD_Connection *c, const char *method, const char *target,
    struct exchange *x)
{
	const char *host =
	    MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
	char *root = xasprintf("%s://%s", use_tls ? "https" : "http",
	    host != NULL ? host : "localhost");
	struct request *r = request_new(method, target, root);

	free(root);
	MHD_get_connection_values(c, MHD_HEADER_KIND, copy_header, r);
	request_set_body(r, x->body.data, x->body.len);
	return r;
}

static enum MHD_Result
send_reply(struct MHD_Connection *c, const struct request *r,
    struct reply *reply, const struct wire *w)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (w->no_headers) {
		sender_reset(socket_of(c));
		return MHD_NO;
	}
	response = sender_response(r, reply, w, socket_of(c));
	result = MHD_queue_response(c, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
answer(struct MHD_Connection *c, const char *method, const char *target,
    struct exchange *x)
{
	struct wire w = { 0 };
	struct request *r = make_request(c, method, target, x);
	struct reply *reply;
	enum MHD_Result result;

	r->too_large = x->too_large;
	reply = serve(r, &w);
	if (w.delay_ms > 0)
		sender_sleep(w.delay_ms);
	x->close = w.close;
	result = send_reply(c, r, reply, &w);
	reply_free(reply);
	request_free(r);
	return result;
}

/* con_cls starts as the raw URI, and becomes the exchange. */
struct connection {
	char *target;
	struct exchange x;
	bool begun;
};

/* The cls of on_request where nothing but control is served. */
static char control_only[] = "control";

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **con_cls)
{
	struct connection *k = *con_cls;
	bool control = strncmp(k->target, "/__sim/", 7) == 0;

	(void)url;
	(void)version;
	if (cls == control_only && !control)
		return MHD_NO;
	if (!k->begun) {
		k->begun = true;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		size_t max = control ? WORLD_MAX : BODY_MAX;

		if (k->x.body.len + *upload_size > max)
			k->x.too_large = true;
		else
			buf_add(&k->x.body, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	return answer(c, method, k->target, &k->x);
}

static void *
on_uri_begin(void *cls, const char *uri, struct MHD_Connection *c)
{
	struct connection *k = xcalloc(1, sizeof(*k));

	k->target = on_uri(cls, uri, c);
	return k;
}

static void
on_completed(void *cls, struct MHD_Connection *c, void **con_cls,
    enum MHD_RequestTerminationCode why)
{
	struct connection *k = *con_cls;

	(void)cls;
	(void)why;
	if (k == NULL)
		return;
	if (k->x.close)
		shutdown(socket_of(c), SHUT_RDWR);
	buf_free(&k->x.body);
	free(k->target);
	free(k);
	*con_cls = NULL;
}

static void
on_connection(void *cls, struct MHD_Connection *c, void **socket_context,
    enum MHD_ConnectionNotificationCode code)
{
	int on = 1;

	(void)cls;
	(void)socket_context;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		setsockopt(
		    socket_of(c), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static uint16_t
listen_on(const char *address, uint16_t port, unsigned flags,
    struct MHD_OptionItem *more, char *cls, struct MHD_Daemon **daemon)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	const union MHD_DaemonInfo *info;

	sa.sin_port = htons(port);
	if (inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		return 0;
	flags |= MHD_USE_INTERNAL_POLLING_THREAD |
		 MHD_USE_THREAD_PER_CONNECTION |
		 MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_POLL;
	*daemon = MHD_start_daemon(flags, port, NULL, NULL, on_request, cls,
	    MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&sa,
	    MHD_OPTION_URI_LOG_CALLBACK, on_uri_begin, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
	    MHD_OPTION_ARRAY, more, MHD_OPTION_END);
	if (*daemon == NULL)
		return 0;
	info = MHD_get_daemon_info(*daemon, MHD_DAEMON_INFO_BIND_PORT);
	return info == NULL ? 0 : info->port;
}

uint16_t
server_start(const struct server_options *o)
{
	unsigned flags = 0;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	use_tls = o->cert != NULL;
	if (use_tls) {
		union {
			const char *in;
			void *out;
		} cert = { o->cert }, key = { o->key };

		flags = MHD_USE_TLS;
		tls[0].ptr_value = cert.out;
		tls[1].ptr_value = key.out;
	} else {
		tls[0].option = MHD_OPTION_END;
	}
	return listen_on(o->address, o->port, flags, tls, NULL, &daemon_handle);
}

uint16_t
server_start_control(const char *address)
{
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	return listen_on(address, 0, 0, none, control_only, &control_handle);
}

void
server_stop(void)
{
	sender_stop();
	MHD_stop_daemon(daemon_handle);
	if (control_handle != NULL)
		MHD_stop_daemon(control_handle);
}
