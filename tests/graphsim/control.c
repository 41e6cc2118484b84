#include "control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "arena.h"
#include "dump.h"
#include "fault.h"
#include "load.h"
#include "outbox.h"

static struct reply *
ok(json_t *body)
{
	return reply_new(200, body != NULL ? body : json_object());
}

static struct reply *
wrong(const char *message)
{
	return reply_error(400, "BadControl", "%s", message);
}

/* Modes and the clock's kind are the run's, not the world's. */
static struct reply *
replace_world(json_t *world)
{
	int64_t modes[MODE_COUNT], now = sim()->now;
	bool real_time = sim()->real_time;
	json_t *seed = json_object_get(world, "seed");
	uint64_t number = json_is_integer(seed)
			      ? (uint64_t)json_integer_value(seed)
			      : sim()->seed;
	struct reply *error;

	memcpy(modes, sim()->modes, sizeof(modes));
	world_new(number);
	memcpy(sim()->modes, modes, sizeof(modes));
	sim()->now = now;
	sim()->real_time = real_time;
	error = load_world(world);
	outbox_clear();
	return error;
}

static struct reply *
control_world(struct request *r)
{
	struct reply *error;
	json_t *body;

	if (strcmp(r->method, "GET") == 0)
		return ok(dump_world());
	body = request_json(r, &error);
	if (body == NULL)
		return error;
	if (request_query(r, "add") != NULL) {
		error = load_world(body);
		return error != NULL ? error : ok(NULL);
	}
	error = replace_world(body);
	if (error != NULL)
		return error;
	return ok(json_pack("{s:I, s:I}", "users", (json_int_t)sim()->nusers,
	    "bytes", (json_int_t)arena_used()));
}

bool
control_load_file(const char *path)
{
	json_error_t where;
	json_t *world = json_load_file(path, 0, &where);
	struct reply *error;

	if (world == NULL) {
		fprintf(stderr, "graphsim: %s:%d: %s\n", path, where.line,
		    where.text);
		return false;
	}
	error = replace_world(world);
	json_decref(world);
	if (error == NULL)
		return true;
	fprintf(stderr, "graphsim: %s: %s\n", path,
	    json_string_value(json_object_get(
		json_object_get(error->json, "error"), "message")));
	reply_free(error);
	return false;
}

static const char *
snapshot_name(struct request *r)
{
	const char *name = request_query(r, "name");

	return name != NULL ? name : "default";
}

static struct reply *
control_snapshot(struct request *r)
{
	arena_snapshot(snapshot_name(r));
	return ok(NULL);
}

static struct reply *
control_rollback(struct request *r)
{
	if (!arena_rollback(snapshot_name(r)))
		return reply_error(404, "NoSnapshot", "no such snapshot");
	return ok(NULL);
}

static struct reply *
control_outbox(struct request *r)
{
	if (strcmp(r->method, "DELETE") == 0)
		outbox_clear();
	return ok(outbox_json());
}

static struct reply *
control_log(struct request *r, enum log log)
{
	const struct log_lines *l = &sim()->logs[log];
	json_t *list;

	if (strcmp(r->method, "DELETE") == 0)
		log_clear(log);
	list = json_array();
	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(list, json_loads(l->lines[i], 0, NULL));
	return ok(json_pack("{s:I, s:I, s:o}", "count", (json_int_t)l->n,
	    "dropped", (json_int_t)l->dropped, "value", list));
}

static struct reply *
control_requests(struct request *r)
{
	return control_log(r, LOG_REQUESTS);
}

static struct reply *
control_writes(struct request *r)
{
	return control_log(r, LOG_WRITES);
}

static struct reply *
control_violations(struct request *r)
{
	return control_log(r, LOG_VIOLATIONS);
}

/* "90", "15m", "2h", "7d", with a sign. */
static bool
parse_span(const char *text, int64_t *seconds)
{
	char *end;
	long long n = strtoll(text, &end, 10);
	int64_t unit = *end == 'm'   ? 60
		       : *end == 'h' ? 3600
		       : *end == 'd' ? 86400
				     : 1;

	*seconds = n * unit;
	return end != text && (*end == '\0' || (strchr("smhd", *end) != NULL &&
						   end[1] == '\0'));
}

static struct reply *
move_clock(json_t *body)
{
	json_t *advance = json_object_get(body, "advance");
	const char *set = json_string_value(json_object_get(body, "now"));
	const char *text = json_string_value(advance);
	int64_t t = 0;

	if (set != NULL) {
		if (!when_parse_utc(set, &t))
			return wrong("now is not a time");
		world_set_now(t);
	}
	if (json_is_integer(advance))
		t = json_integer_value(advance);
	else if (text != NULL && !parse_span(text, &t))
		return wrong("advance is not a span");
	if (advance != NULL)
		world_set_now(world_now() + t);
	return NULL;
}

static struct reply *
control_clock(struct request *r)
{
	struct reply *error = NULL;
	char text[WHEN_TEXT];
	json_t *body;

	if (strcmp(r->method, "GET") != 0) {
		body = request_json(r, &error);
		if (body == NULL)
			return error;
		error = move_clock(body);
	}
	if (error != NULL)
		return error;
	when_format_utc(world_now(), text);
	return ok(json_pack("{s:s}", "now", text));
}

static json_t *
all_modes(void)
{
	json_t *o = json_object();

	for (int i = 0; i < MODE_COUNT; i++)
		json_object_set_new(o, mode_table[i].name,
		    mode_table[i].choices != NULL
			? json_string(mode_text((enum mode)i))
			: json_integer(mode((enum mode)i)));
	return o;
}

static struct reply *
set_modes(json_t *body)
{
	const char *preset = json_string_value(json_object_get(body, "preset"));
	const char *name;
	json_t *v;

	if (preset != NULL && !mode_preset(preset))
		return wrong("no such preset");
	json_object_foreach(body, name, v)
	{
		char number[32];
		const char *value = json_string_value(v);

		if (strcmp(name, "preset") == 0)
			continue;
		snprintf(number, sizeof(number), "%lld",
		    (long long)json_integer_value(v));
		if (!mode_set(name, value != NULL ? value : number))
			return reply_error(400, "BadControl", "no mode %s=%s",
			    name, value != NULL ? value : number);
	}
	return NULL;
}

static struct reply *
control_mode(struct request *r)
{
	struct reply *error = NULL;
	json_t *body;

	if (strcmp(r->method, "GET") != 0) {
		body = request_json(r, &error);
		if (body == NULL)
			return error;
		error = set_modes(body);
	}
	return error != NULL ? error : ok(all_modes());
}

static struct reply *
arm_all(json_t *body)
{
	json_t *list = json_object_get(body, "faults"), *one, *made;
	json_t *ids = json_array();
	struct reply *error;
	size_t i;

	if (list == NULL) {
		error = fault_arm(body, &made);
		json_decref(ids);
		return error != NULL ? error : ok(made);
	}
	json_array_foreach(list, i, one)
	{
		error = fault_arm(one, &made);
		if (error != NULL)
			return error;
		json_array_append_new(ids, made);
	}
	return ok(json_pack("{s:o}", "value", ids));
}

static struct reply *
control_fault(struct request *r)
{
	struct reply *error;
	json_t *body;

	if (strcmp(r->method, "DELETE") == 0) {
		const char *id = request_segment(r, 2);

		if (*id == '\0')
			fault_clear();
		else if (!fault_disarm(atoi(id)))
			return reply_error(404, "NoFault", "no such fault");
	} else if (strcmp(r->method, "GET") != 0) {
		body = request_json(r, &error);
		return body == NULL ? error : arm_all(body);
	}
	return ok(json_pack("{s:o}", "value", fault_list()));
}

static struct reply *
control_act(struct request *r)
{
	struct reply *error;
	json_t *body = request_json(r, &error);

	return body == NULL ? error : act_serve(body);
}

static struct reply *
control_events(struct request *r)
{
	const char *name = request_query(r, "mailbox");
	struct user *u = name == NULL ? NULL : world_user(name);

	if (u == NULL)
		return reply_error(404, "NoMailbox", "no such mailbox");
	return ok(dump_mailbox(u, r));
}

struct reply *
control_serve(struct request *r)
{
	static const struct {
		const char *name;
		struct reply *(*serve)(struct request *r);
	} calls[] = {
		{ "world", control_world },
		{ "snapshot", control_snapshot },
		{ "rollback", control_rollback },
		{ "outbox", control_outbox },
		{ "requests", control_requests },
		{ "writes", control_writes },
		{ "violations", control_violations },
		{ "clock", control_clock },
		{ "mode", control_mode },
		{ "fault", control_fault },
		{ "act", control_act },
		{ "events", control_events },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(request_segment(r, 1), calls[i].name) == 0)
			return calls[i].serve(r);
	return reply_error(
	    404, "NoControl", "no such control: %s", request_segment(r, 1));
}
