#include "page.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "render.h"
#include "text.h"

size_t
page_size(const struct request *r, const struct prefer *p, enum mode normal)
{
	const char *top = request_query(r, "$top");
	int64_t n = top != NULL ? strtoll(top, NULL, 10) : p->page_size;

	if (n <= 0)
		n = mode(normal);
	if (n > mode(MODE_PAGE_MAX))
		n = mode(MODE_PAGE_MAX);
	if (n > 1 && random_percent(mode(MODE_PAGE_SHORT)))
		n = 1 + (int64_t)random_below((uint64_t)n);
	return (size_t)n;
}

static size_t
skipped(const struct request *r)
{
	const char *skip = request_query(r, "$skip");
	long n = skip == NULL ? 0 : strtol(skip, NULL, 10);

	return n < 0 ? 0 : (size_t)n;
}

/* The same address with another $skip. */
static json_t *
next_link(const struct request *r, size_t skip)
{
	struct buf b = { 0 };
	json_t *json;

	buf_printf(&b, "%s%s?", r->root, r->path);
	for (size_t i = 0; i < r->query.n; i++) {
		char *value = text_escape(r->query.list[i].value);

		if (strcasecmp(r->query.list[i].name, "$skip") != 0)
			buf_printf(&b, "%s=%s&", r->query.list[i].name, value);
		free(value);
	}
	buf_printf(&b, "$skip=%zu", skip);
	json = json_string(b.data);
	buf_free(&b);
	return json;
}

/* Where a page begins and ends; sets the links. */
struct cut {
	size_t from, to;
	json_t *body;
};

static void
cut_page(const struct request *r, const struct prefer *p, size_t n,
    const char *context, struct cut *cut)
{
	const char *count = request_query(r, "$count");
	size_t size = page_size(r, p, MODE_PAGE_DEFAULT);

	cut->body = json_object();
	json_object_set_new(
	    cut->body, "@odata.context", reply_context(r, "%s", context));
	if (count != NULL && strcasecmp(count, "true") == 0)
		json_object_set_new(
		    cut->body, "@odata.count", json_integer((json_int_t)n));
	cut->from = skipped(r) < n ? skipped(r) : n;
	cut->to = n - cut->from > size ? cut->from + size : n;
	if (cut->to > cut->from && random_percent(mode(MODE_PAGE_EMPTY)))
		cut->to = cut->from;
	if (cut->to < n)
		json_object_set_new(
		    cut->body, "@odata.nextLink", next_link(r, cut->to));
}

struct reply *
page_reply(const struct request *r, const struct prefer *p,
    struct item_list *list, const char *context)
{
	struct cut cut;
	json_t *value = json_array();
	struct reply *reply;

	cut_page(r, p, list->n, context, &cut);
	for (size_t i = cut.from; i < cut.to; i++)
		json_array_append_new(value, render_event(&list->items[i], p));
	json_object_set_new(cut.body, "value", value);
	item_list_free(list);
	reply = reply_new(200, cut.body);
	prefer_confirm(p, reply);
	return reply;
}

struct reply *
page_values(const struct request *r, const struct prefer *p, json_t *values,
    const char *context)
{
	struct cut cut;
	json_t *value = json_array();

	cut_page(r, p, json_array_size(values), context, &cut);
	for (size_t i = cut.from; i < cut.to; i++)
		json_array_append(value, json_array_get(values, i));
	json_object_set_new(cut.body, "value", value);
	json_decref(values);
	return reply_new(200, cut.body);
}
