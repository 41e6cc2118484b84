#include "prefer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value after "name=", without quotes, into out; false if absent. */
static bool
value_of(const char *header, const char *name, char *out, size_t size)
{
	size_t len = strlen(name), n;

	for (const char *p = header; *p != '\0'; p++) {
		if (strncasecmp(p, name, len) != 0)
			continue;
		p += len;
		p += strspn(p, " ");
		if (*p != '=')
			continue;
		p++;
		p += strspn(p, " \"'");
		n = strcspn(p, "\"',;");
		snprintf(out, size, "%.*s", (int)n, p);
		return true;
	}
	return false;
}

static void
read_header(const char *h, struct prefer *p)
{
	char v[128];

	if (value_of(h, "outlook.timezone", v, sizeof(v))) {
		p->zone_given = true;
		snprintf(p->zone, sizeof(p->zone), "%s", v);
	}
	if (value_of(h, "outlook.body-content-type", v, sizeof(v))) {
		p->text_body = strcasecmp(v, "text") == 0;
		p->html_body = strcasecmp(v, "html") == 0;
	}
	if (value_of(h, "IdType", v, sizeof(v)))
		p->immutable = strcasecmp(v, "ImmutableId") == 0;
	if (value_of(h, "odata.maxpagesize", v, sizeof(v)) ||
	    value_of(h, "maxpagesize", v, sizeof(v)))
		p->page_size = strtol(v, NULL, 10);
	if (value_of(h, "return", v, sizeof(v)))
		p->minimal = strcasecmp(v, "minimal") == 0;
}

struct reply *
prefer_read(const struct request *r, struct prefer *p)
{
	memset(p, 0, sizeof(*p));
	strcpy(p->zone, "UTC");
	for (size_t i = 0; i < r->headers.n; i++)
		if (strcmp(r->headers.list[i].name, "prefer") == 0)
			read_header(r->headers.list[i].value, p);
	p->select = request_query(r, "$select");
	p->expand = request_query(r, "$expand");
	p->tz = tz_find(p->zone);
	if (p->tz == NULL)
		return reply_error(400, "TimeZoneNotSupportedException",
		    "A valid TimeZone value must be specified. The following "
		    "TimeZone value is not supported: '%s'.",
		    p->zone);
	return NULL;
}

void
prefer_confirm(const struct prefer *p, struct reply *r)
{
	char text[256];

	if (p->zone_given) {
		snprintf(
		    text, sizeof(text), "outlook.timezone=\"%s\"", p->zone);
		reply_header(r, "Preference-Applied", text);
	}
	if (p->text_body || p->html_body)
		reply_header(r, "Preference-Applied",
		    p->text_body ? "outlook.body-content-type=\"text\""
				 : "outlook.body-content-type=\"html\"");
	if (p->immutable)
		reply_header(r, "Preference-Applied", "IdType=\"ImmutableId\"");
	if (p->page_size > 0) {
		snprintf(
		    text, sizeof(text), "odata.maxpagesize=%ld", p->page_size);
		reply_header(r, "Preference-Applied", text);
	}
}

bool
prefer_has(const char *list, const char *word)
{
	size_t len = strlen(word);
	int depth = 0;

	if (list == NULL)
		return false;
	for (const char *p = list; *p != '\0';) {
		p += strspn(p, " ");
		if (depth == 0 && strncasecmp(p, word, len) == 0 &&
		    strchr(", (;", p[len]) != NULL)
			return true;
		for (; *p != '\0' && (*p != ',' || depth > 0); p++)
			depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
		p += *p == ',';
	}
	return false;
}

bool
prefer_selects(const struct prefer *p, const char *member)
{
	return p->select == NULL || *p->select == '\0' ||
	       prefer_has(p->select, member);
}
