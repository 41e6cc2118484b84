/*
 * edits: one side is gone, so nothing is compared with it; each field is held
 * against its own side's base (U1).  Of private events only the names of the
 * fields are told (L8).
 */
#include "edits.h"
#include "merge.h"
#include "out_set.h"

typedef bool moved_fn(const struct merge *m, const struct field *f);

/* The values that side `now` has in the fields that moved; *names gets these. */
static struct slice
gather(const struct merge *m, moved_fn *moved, const struct json *now,
    struct str *names)
{
	const struct candidate *c = m->c;
	struct str s = { 0 };
	struct jsonw w;

	jw_start(&w, &s);
	jw_object(&w, NULL);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &fields[i];
		const struct json *v = json_get(now, f->name);

		if (v == NULL || !field_exchanged(c, f) || !moved(m, f))
			continue;
		jw_raw(&w, f->name, v->raw);
		str_adds(names, names->len > 0 ? ", " : "");
		str_adds(names, f->name);
	}
	jw_end(&w);
	return candidate_keep_if(c, &s,
	    names->len > 0 && !c->private &&
		!json_is(json_get(c->base_crm, "sensitivity"), "private") &&
		!json_is(json_get(c->crm, "sensitivity"), "private"));
}

void
edits_in_graph(const struct candidate *c, struct decision *d)
{
	struct merge m = { .c = c,
		.now = fields_map(c, c->event),
		.was = fields_map(c, c->base) };
	struct str names = { 0 };
	struct slice lost =
	    gather(&m, merge_graph_moved, c->event, &names);

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
