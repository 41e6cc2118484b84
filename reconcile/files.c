#include "files.h"

static bool
has_files(const struct candidate *c)
{
	return !c->section->shared && json_true(c->event, "attachments") &&
	       policy_is(c->policy, POL_ATTACHMENTS, "to_crm") &&
	       (c->link == NULL || c->deciding || c->state == LINK_ENDED);
}

bool
files_wanted(const struct candidate *c)
{
	return has_files(c) && !slice_eq(json_text(c->base, "files"),
				   json_text(c->event, "etag"));
}

void
files_write_base(struct jsonw *w, const struct candidate *c)
{
	if (has_files(c))
		jw_str(w, "files", json_text(c->event, "etag"));
}
