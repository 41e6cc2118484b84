#include "files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "page.h"
#include "when.h"

static struct file *
find_name(const struct event *e, const char *name)
{
	struct world *w = sim();

	for (size_t i = 0; i < w->nfiles; i++)
		if (w->files[i].event == e &&
		    strcmp(w->files[i].name, name) == 0)
			return &w->files[i];
	return NULL;
}

static const char *
text(json_t *o, const char *name, const char *otherwise)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : otherwise;
}

/* Zeros in base64. */
static char *
zeros(size_t size)
{
	size_t n = (size + 2) / 3 * 4;
	char *s = arena_alloc(n + 1);

	memset(s, 'A', n);
	if (size % 3 > 0)
		memset(s + n - (3 - size % 3), '=', 3 - size % 3);
	return s;
}

static int64_t
bytes_of(const char *base64)
{
	size_t n = strlen(base64), pad = 0;

	while (pad < n && base64[n - 1 - pad] == '=')
		pad++;

	return (int64_t)(n / 4 * 3 - pad);
}

void
files_attach(struct event *e, json_t *o)
{
	struct world *w = sim();
	const char *name = text(o, "name", "file.bin");
	struct file *f = find_name(e, name);
	const char *bytes = text(o, "contentBytes", NULL);

	if (json_is_true(json_object_get(o, "gone"))) {
		if (f != NULL) {
			f->event = NULL;
			e->c.attachments -= e->c.attachments > 0;
		}
		return;
	}
	if (f == NULL) {
		f = world_push(w->files, w->nfiles);
		f->event = e;
		f->number = ++w->file_count;
		f->name = arena_strdup(name);
		f->is_inline = json_is_true(json_object_get(o, "inline"));
		e->c.attachments += !f->is_inline;
	}
	arena_set(&f->type, text(o, "contentType", "text/plain"));
	arena_set(&f->kind, text(o, "kind", "file"));
	arena_free(f->bytes);
	f->bytes =
	    bytes != NULL
		? arena_strdup(bytes)
		: zeros((size_t)json_integer_value(json_object_get(o, "size")));
	f->size = bytes_of(f->bytes);
	f->modified = world_now();
}

static json_t *
render(const struct file *f, bool whole)
{
	char id[48], type[64], modified[WHEN_TEXT];
	json_t *o;

	when_format_utc(f->modified, modified);
	snprintf(id, sizeof id, "AAMkFile%" PRIu64, f->number);
	snprintf(type, sizeof type, "#microsoft.graph.%sAttachment", f->kind);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:b}", "@odata.type",
	    type, "id", id, "lastModifiedDateTime", modified, "name", f->name,
	    "contentType", f->type, "size", (json_int_t)f->size, "isInline",
	    f->is_inline);
	if (whole && strcmp(f->kind, "file") == 0)
		json_object_set_new(o, "contentBytes", json_string(f->bytes));
	return o;
}

struct reply *
files_list(struct scope *s, const struct event *e)
{
	struct world *w = sim();
	struct prefer p;
	struct reply *error = prefer_read(s->r, &p);
	json_t *values = json_array();

	if (error != NULL)
		return error;
	for (size_t i = 0; i < w->nfiles; i++)
		if (w->files[i].event == e)
			json_array_append_new(values,
			    render(&w->files[i],
				p.select == NULL ||
				    prefer_selects(&p, "contentBytes")));
	return page_values(s->r, &p, values, "attachments");
}

struct reply *
files_one(struct scope *s, const struct event *e, const char *id)
{
	struct world *w = sim();
	uint64_t number;

	(void)s;
	if (sscanf(id, "AAMkFile%" SCNu64, &number) == 1)
		for (size_t i = 0; i < w->nfiles; i++)
			if (w->files[i].event == e &&
			    w->files[i].number == number)
				return reply_new(
				    200, render(&w->files[i], true));
	return reply_error(404, "ErrorItemNotFound",
	    "The specified object was not found in the store.");
}
