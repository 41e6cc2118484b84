/*
 * edits: one side is gone, so nothing is compared with it; each field is held
 * against its own side's base (U1).  Of private events only the names of the
 * fields are told (L8).
 */
#include "edits.h"
#include "merge.h"

typedef bool moved_fn(const struct merge *m, const struct field *f);

/* The values that side `now` has in the fields that moved; *names gets these. */
static struct slice
gather(const struct merge *m, moved_fn *moved, const struct json *now,
    struct str *names)
{
	struct slice values;
	bool told[FIELD_COUNT];

	for (size_t i = 0; i < FIELD_COUNT; i++)
		told[i] =
		    field_exchanged(m->c, &fields[i]) && moved(m, &fields[i]);
	values = merge_values(m, told, now, names);
	/* The CRM's row, which would say so, may be gone. */
	return json_is(json_get(m->c->base_crm, "sensitivity"), "private")
		   ? NO_SLICE
		   : values;
}

void
edits_in_graph(const struct candidate *c, struct decision *d)
{
	struct merge m = { .c = c,
		.now = fields_map(c, c->event),
		.was = fields_map(c, c->base) };
	struct str names = { 0 };
	struct slice lost = gather(&m, merge_graph_moved, c->event, &names);

	if (d->out.op == OP_REMOVE && d->out.series.len == 0) {
		d->out.lost = lost;
		d->out.evidence = merge_say(c, "lost", &names);
	} else if (d->out.op == OP_SKIP) {
		d->evidence = merge_say(c, "edited in Outlook", &names);
	}
	str_free(&names);
}

void
edits_in_crm(const struct candidate *c, struct decision *d)
{
	struct merge m = { .c = c };
	struct str names = { 0 };
	struct slice lost = gather(&m, merge_crm_moved, c->crm, &names);

	if (d->op == OP_DELETE) {
		d->lost = lost;
		d->evidence = merge_say(c, "lost", &names);
	} else if (d->op == OP_END) {
		d->evidence = merge_say(c, "edited in the CRM", &names);
	}
	str_free(&names);
}
