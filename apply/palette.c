/*
 * palette: names are told apart as Outlook does it, without regard to case.
 */
#include "palette.h"
#include "bounds.h"
#include "log.h"

static struct slice
keep(struct palette *p, struct slice text)
{
	return (struct slice){ arena_copy(&p->arena, text.data, text.len),
		text.len };
}

static bool
same_name(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	return true;
}

static void
refused(const struct palette *p, const struct graph_answer *a)
{
	log_warn("a category has no colour",
	    "mailbox=%.*s verdict=%s status=%d code=%s", SLICE_ARG(p->mailbox),
	    graph_verdict_name(a->verdict), a->status, a->code);
}

static bool
on_made(void *ctx, const struct graph_answer *a)
{
	struct palette *p = ctx;

	p->under_way--;
	/* 409: somebody was faster. */
	if (a->verdict != GRAPH_OK && a->verdict != GRAPH_STALE)
		refused(p, a);
	return true;
}

static void
make(struct palette *p, size_t n)
{
	struct graph_write write = { .method = "POST",
		.url = str_slice(&p->url) };
	struct jsonw w;

	jw_start(&w, &p->body[n]);
	jw_object(&w, NULL);
	jw_str(&w, "displayName", p->wanted[n].name);
	jw_str(&w, "color", p->wanted[n].color);
	jw_end(&w);
	write.body = str_slice(&p->body[n]);
	p->under_way++;
	graph_send(p->graph, &write, on_made, p);
}

static bool
is_listed(const struct json *page, struct slice name)
{
	const struct json *v = json_get(page, "value");

	for (v = v != NULL ? v->child : NULL; v != NULL; v = v->next)
		if (same_name(json_text(v, "displayName"), name))
			return true;
	return false;
}

static bool
on_list(void *ctx, const struct graph_answer *a)
{
	struct palette *p = ctx;
	struct arena arena = { .max = PAGE_ARENA_MAX };
	const struct json *page;
	struct slice body;

	if (a->verdict != GRAPH_OK) {
		p->under_way--;
		refused(p, a);
		return true;
	}
	body.data = arena_copy(&arena, a->body.data, a->body.len);
	body.len = a->body.len;
	page = json_parse(&arena, body, JSON_LAST_WINS, NULL);
	if (page != NULL) {
		p->under_way--;
		p->listed = true;
		for (size_t i = 0; i < p->wanted_count; i++)
			if (!is_listed(page, p->wanted[i].name))
				make(p, i);
	}
	arena_free(&arena);
	return page != NULL;
}

static void
ask(struct palette *p)
{
	p->asked = true;
	p->url.max = 4 * URL_MAX_BYTES;
	str_add_slice(&p->url, graph_mailbox_url(p->graph));
	str_adds(&p->url, "/outlook/masterCategories");
	p->under_way++;
	graph_get(p->graph, str_slice(&p->url), on_list, p);
}

static bool
is_wanted(const struct palette *p, struct slice name)
{
	for (size_t i = 0; i < p->wanted_count; i++)
		if (slice_eq(p->wanted[i].name, name))
			return true;
	return false;
}

static void
want(struct palette *p, const struct json *color)
{
	size_t n = p->wanted_count;

	if (n == PALETTE_MAX || is_wanted(p, color->key))
		return;
	p->wanted[n].name = keep(p, color->key);
	p->wanted[n].color = keep(p, json_str(color));
	p->wanted_count++;
	/* Too late to be looked up: if it is there, Graph says so. */
	if (p->listed)
		make(p, n);
}

void
palette_want(struct palette *p, const struct json *colors)
{
	const struct json *v;

	if (colors == NULL || colors->type != JSON_OBJECT)
		return;
	for (v = colors->child; v != NULL; v = v->next)
		want(p, v);
	if (p->wanted_count > 0 && !p->asked)
		ask(p);
}

bool
palette_is_busy(const struct palette *p)
{
	return p->under_way > 0;
}

void
palette_free(struct palette *p)
{
	arena_free(&p->arena);
	str_free(&p->url);
	for (size_t i = 0; i < PALETTE_MAX; i++)
		str_free(&p->body[i]);
}
