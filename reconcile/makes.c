#include "makes.h"
#include "names.h"
#include "relations.h"
#include "xalloc.h"

#include <stdlib.h>

struct makes {
	struct names *places, *people;
};

struct makes *
makes_open(void)
{
	struct makes *m = xcalloc(1, sizeof *m);

	m->places = names_open();
	m->people = names_open();
	return m;
}

void
makes_close(struct makes *m)
{
	names_close(m->places);
	names_close(m->people);
	free(m);
}

void
makes_page(struct makes *m)
{
	names_forget(m->places);
	names_forget(m->people);
}

struct make {
	enum op op;
	const char *kind; /* of a person */
	struct slice name, address, owner;
	const char *rule, *evidence;
	enum policy_key key;
};

static void
write_make(struct jsonw *w, const struct candidate *c, const struct make *m)
{
	struct str line = { 0 };

	jw_object(w, NULL);
	jw_cstr(w, "type", "op");
	jw_cstr(w, "op", op_name(m->op));
	jw_null(w, "id");
	jw_object(w, "set");
	if (m->kind != NULL)
		jw_cstr(w, "kind", m->kind);
	jw_str(w, "name", m->name);
	jw_str(w, "address", m->address);
	if (m->owner.data != NULL)
		jw_str(w, "owner", m->owner);
	jw_end(w);
	day_write_limits(w, c->run, m->op);
	jw_object(w, "why");
	jw_cstr(w, "rule", m->rule);
	jw_cstr(w, "evidence", m->evidence);
	policy_line(c->policy, m->key, &line);
	jw_str(w, "policy", str_slice(&line));
	str_free(&line);
	jw_end(w);
	jw_array(w, "mail");
	jw_end(w);
	jw_end(w);
}

static void
put_make(
    const struct makes_out *to, const struct candidate *c, const struct make *m)
{
	struct str line = { 0 };
	struct jsonw w;

	jw_start(&w, &line);
	write_make(&w, c, m);
	stream_put(to->out, str_slice(&line));
	str_free(&line);
	to->tally->ops[m->op]++;
}

static bool
writes_event(const struct decision *d)
{
	return d->op == OP_CREATE || d->op == OP_UPDATE;
}

void
makes_places(struct makes *m, const struct candidate *c,
    const struct decision *d, const struct makes_out *to)
{
	struct make place = { .op = OP_LOCATION,
		.rule = "location",
		.evidence = "the CRM has no calendar for it",
		.key = POL_LOCATIONS_MODE };
	const struct json **missing;
	size_t count;

	if (d->rooms.data == NULL || !writes_event(d))
		return;
	missing = rooms_missing(c, &count);
	for (size_t i = 0; i < count; i++) {
		place.name = slice_trim(json_text(missing[i], "name"));
		place.address = json_text(missing[i], "address");
		if (!names_add(m->places, place.address))
			continue;
		put_make(to, c, &place);
		day_add(to->day, c->run, place.address);
	}
}

void
makes_people(struct makes *m, const struct candidate *c,
    const struct decision *d, const struct makes_out *to)
{
	struct make person = { .op = OP_PERSON,
		.kind = people_make(c),
		.owner = owner_user(c),
		.rule = "unmatched",
		.evidence = "the CRM knows nobody with the address",
		.key = POL_UNMATCHED_CREATE };
	struct relations all;

	if (person.kind == NULL || d->attendees.data == NULL ||
	    !writes_event(d))
		return;
	all = relations_wanted(c);
	for (size_t i = 0; i < all.count; i++) {
		if (!relation_is_made(&all.list[i]) || all.list[i].cut ||
		    !names_add(m->people, all.list[i].address))
			continue;
		person.name = all.list[i].name;
		person.address = all.list[i].address;
		put_make(to, c, &person);
	}
}
