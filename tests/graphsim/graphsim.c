/*
 * graphsim: a stand-in for Microsoft Graph's calendars.
 */
#define _DEFAULT_SOURCE /* sigwait with threads */

#include <getopt.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "control.h"
#include "server.h"
#include "world.h"

#ifndef VERSION
#define VERSION "0"
#endif

enum {
	MODES_MAX = 64,
};

struct options {
	const char *listen, *cert, *key, *world, *preset, *ready_file,
	    *control_file;
	const char *modes[MODES_MAX];
	int nmodes;
	uint64_t seed;
	bool no_tls, real_time;
};

static const char help[] =
    "usage: graphsim --cert FILE --key FILE [options]\n"
    "  --listen ADDRESS:PORT  where to listen (127.0.0.1:0, any port)\n"
    "  --cert FILE            certificate chain, PEM\n"
    "  --key FILE             its private key, PEM\n"
    "  --no-tls               plain HTTP\n"
    "  --world FILE           the world at the start, JSON\n"
    "  --seed N               of all random choices (1)\n"
    "  --mode NAME=VALUE      choose a behaviour; can be repeated\n"
    "  --preset NAME          default, worst, strict or paranoid\n"
    "  --real-time            let the clock run\n"
    "  --ready-file FILE      write the address there when ready\n"
    "  --control-file FILE    a further address, plain HTTP, for control "
    "only;\n"
    "                         written there before the ready file\n"
    "  --modes                list all modes and end\n"
    "  --help, --version\n"
    "The address is printed on standard output when the server is ready.\n";

static char *
slurp(const char *path)
{
	struct buf b = { 0 };
	char piece[4096];
	size_t n;
	FILE *f = fopen(path, "r");

	if (f == NULL) {
		fprintf(stderr, "graphsim: cannot read %s\n", path);
		exit(EX_NOINPUT);
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	fclose(f);
	return b.data;
}

static void
list_modes(void)
{
	for (int i = 0; i < MODE_COUNT; i++) {
		const struct mode_info *m = &mode_table[i];
		char normal[64], worst[64];

		sim()->modes[i] = m->worst;
		snprintf(worst, sizeof(worst), "%s", mode_text((enum mode)i));
		sim()->modes[i] = m->normal;
		snprintf(normal, sizeof(normal), "%s", mode_text((enum mode)i));
		printf("%s\t%s\t%s\t%s\t%s\n", m->name,
		    m->choices != NULL ? m->choices : "number", normal, worst,
		    m->help);
	}
}

static int
usage(const char *message, const char *detail)
{
	fprintf(stderr, "graphsim: %s %s; try --help\n", message, detail);
	return EX_USAGE;
}

static const struct option longopts[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "cert", required_argument, NULL, 'c' },
	{ "key", required_argument, NULL, 'k' },
	{ "world", required_argument, NULL, 'w' },
	{ "seed", required_argument, NULL, 's' },
	{ "mode", required_argument, NULL, 'm' },
	{ "preset", required_argument, NULL, 'p' },
	{ "ready-file", required_argument, NULL, 'r' },
	{ "control-file", required_argument, NULL, 'C' },
	{ "no-tls", no_argument, NULL, 'n' },
	{ "real-time", no_argument, NULL, 't' },
	{ "modes", no_argument, NULL, 'M' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* Options that only print something. */
static void
print_and_end(int c)
{
	if (c == 'h')
		fputs(help, stdout);
	else if (c == 'V')
		puts("graphsim " VERSION);
	else
		list_modes();
	exit(fflush(stdout) == 0 ? EX_OK : EX_IOERR);
}

static void
read_options(int argc, char *argv[], struct options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "", longopts, NULL)) != -1)
		switch (c) {
		case 'l':
			o->listen = optarg;
			break;
		case 'c':
			o->cert = optarg;
			break;
		case 'k':
			o->key = optarg;
			break;
		case 'w':
			o->world = optarg;
			break;
		case 's':
			o->seed = strtoull(optarg, NULL, 10);
			break;
		case 'm':
			if (o->nmodes < MODES_MAX)
				o->modes[o->nmodes++] = optarg;
			break;
		case 'p':
			o->preset = optarg;
			break;
		case 'r':
			o->ready_file = optarg;
			break;
		case 'C':
			o->control_file = optarg;
			break;
		case 'n':
			o->no_tls = true;
			break;
		case 't':
			o->real_time = true;
			break;
		case 'M':
		case 'h':
		case 'V':
			print_and_end(c);
			break;
		default:
			exit(EX_USAGE);
		}
}

static int
set_up_world(const struct options *o)
{
	world_new(o->seed);
	sim()->real_time = o->real_time;
	world_set_now(o->real_time ? (int64_t)time(NULL) : INT64_C(1795251600));
	if (o->preset != NULL && !mode_preset(o->preset))
		return usage("no preset", o->preset);
	for (int i = 0; i < o->nmodes; i++) {
		char *copy = xstrdup(o->modes[i]), *eq = strchr(copy, '=');
		bool ok = eq != NULL;

		if (ok) {
			*eq = '\0';
			ok = mode_set(copy, eq + 1);
		}
		free(copy);
		if (!ok)
			return usage("no mode", o->modes[i]);
	}
	if (o->world != NULL && !control_load_file(o->world))
		return EX_DATAERR;
	return EX_OK;
}

/* Written under another name first: a reader never sees half of it. */
static bool
write_ready(const char *path, const char *url)
{
	char *temporary = xasprintf("%s.new", path);
	FILE *f = fopen(temporary, "w");
	bool ok = f != NULL && fprintf(f, "%s\n", url) > 0;

	if (f != NULL && fclose(f) != 0)
		ok = false;
	ok = ok && rename(temporary, path) == 0;
	free(temporary);
	if (!ok)
		fprintf(stderr, "graphsim: cannot write %s\n", path);
	return ok;
}

/* Control as http://address:port, if it is wanted. */
static bool
open_control(const struct options *o, const char *address)
{
	uint16_t port;
	char *url;
	bool ok;

	if (o->control_file == NULL)
		return true;
	port = server_start_control(address);
	if (port == 0) {
		fprintf(stderr, "graphsim: cannot listen for control\n");
		return false;
	}
	url = xasprintf("http://%s:%u", address, (unsigned)port);
	ok = write_ready(o->control_file, url);
	free(url);
	return ok;
}

static int
announce(const struct options *o, const char *address, uint16_t port)
{
	char *url = xasprintf("%s://%s:%u", o->no_tls ? "http" : "https",
	    address, (unsigned)port);
	bool ok = true;

	if (o->ready_file != NULL)
		ok = write_ready(o->ready_file, url);
	puts(url);
	ok = fflush(stdout) == 0 && ok;
	free(url);
	return ok ? EX_OK : EX_IOERR;
}

static int
run(const struct options *o)
{
	char address[64];
	struct server_options s = { .address = address };
	const char *colon = strrchr(o->listen, ':');
	char *cert = NULL, *key = NULL;
	sigset_t set;
	int signal_number, status;

	if (colon == NULL || (size_t)(colon - o->listen) >= sizeof(address))
		return usage("no address:port:", o->listen);
	snprintf(address, sizeof(address), "%.*s", (int)(colon - o->listen),
	    o->listen);
	s.port = (uint16_t)strtoul(colon + 1, NULL, 10);
	if (!o->no_tls) {
		s.cert = cert = slurp(o->cert);
		s.key = key = slurp(o->key);
	}
	/* Blocked before the threads start, so that only sigwait sees them. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	s.port = server_start(&s);
	if (s.port == 0) {
		fprintf(stderr, "graphsim: cannot listen on %s\n", o->listen);
		return EX_UNAVAILABLE;
	}
	status =
	    open_control(o, address) ? announce(o, address, s.port) : EX_IOERR;
	if (status == EX_OK)
		sigwait(&set, &signal_number);
	server_stop();
	free(cert);
	free(key);
	return status;
}

int
main(int argc, char *argv[])
{
	struct options o = { .listen = "127.0.0.1:0", .seed = 1 };
	int status;

	json_object_seed(1);
	arena_init();
	world_new(1);
	read_options(argc, argv, &o);
	if (!o.no_tls && (o.cert == NULL || o.key == NULL))
		return usage("--cert and --key", "are needed");
	status = set_up_world(&o);
	return status != EX_OK ? status : run(&o);
}
