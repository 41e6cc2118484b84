#include "places.h"
#include "names.h"
#include "relations.h"
#include "xalloc.h"

#include <stdlib.h>

struct places {
	struct names *told;
};

struct places *
places_open(void)
{
	struct places *p = xcalloc(1, sizeof *p);

	p->told = names_open();
	return p;
}

void
places_close(struct places *p)
{
	names_close(p->told);
	free(p);
}

void
places_page(struct places *p)
{
	names_forget(p->told);
}

static void
write_place(struct jsonw *w, const struct candidate *c, const struct json *room)
{
	struct str line = { 0 };

	jw_object(w, NULL);
	jw_cstr(w, "type", "op");
	jw_cstr(w, "op", op_name(OP_LOCATION));
	jw_null(w, "id");
	jw_object(w, "set");
	jw_str(w, "name", slice_trim(json_text(room, "name")));
	jw_str(w, "address", json_text(room, "address"));
	jw_end(w);
	day_write_limits(w, c->run, OP_LOCATION);
	jw_object(w, "why");
	jw_cstr(w, "rule", "location");
	jw_cstr(w, "evidence", "the CRM has no calendar for it");
	policy_line(c->policy, POL_LOCATIONS_MODE, &line);
	jw_str(w, "policy", str_slice(&line));
	str_free(&line);
	jw_end(w);
	jw_array(w, "mail");
	jw_end(w);
	jw_end(w);
}

void
places_put(struct places *p, const struct candidate *c,
    const struct decision *d, struct day *day, struct stream_out *out,
    struct tally *t)
{
	const struct json **missing;
	struct str line = { 0 };
	struct jsonw w;
	size_t count;

	if (d->rooms.data == NULL || (d->op != OP_CREATE && d->op != OP_UPDATE))
		return;
	missing = rooms_missing(c, &count);
	for (size_t i = 0; i < count; i++) {
		struct slice address = json_text(missing[i], "address");

		if (!names_add(p->told, address))
			continue;
		jw_start(&w, &line);
		write_place(&w, c, missing[i]);
		stream_put(out, str_slice(&line));
		str_reset(&line);
		t->ops[OP_LOCATION]++;
		day_add(day, c->run, address);
	}
	str_free(&line);
}
