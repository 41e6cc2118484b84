/*
 * json, looking at a tree.  Members are found by walking the list: objects
 * are small, and a stage asks each for a handful of names.
 */
#include <stdarg.h>
#include <string.h>

#include "json.h"

const struct json *
json_find(const struct json *object, struct slice name, uint64_t name_bit)
{
	const struct json *m;

	/* Half of what is asked for is not there. */
	if (object == NULL || (object->names & name_bit) == 0)
		return NULL;
	/* Most names of one length differ in their first letter. */
	for (m = object->child; m != NULL; m = m->next)
		if (m->key.len == name.len &&
		    (name.len == 0 || m->key.data[0] == name.data[0]) &&
		    memcmp(m->key.data, name.data, name.len) == 0)
			return m;
	return NULL;
}

const struct json *
json_path(const struct json *object, ...)
{
	const char *key;
	va_list ap;

	va_start(ap, object);
	while ((key = va_arg(ap, const char *)) != NULL)
		object = json_get(object, key);
	va_end(ap);
	return object;
}

bool
json_int(const struct json *v, int64_t min, int64_t max, int64_t *out)
{
	return v != NULL && v->type == JSON_NUMBER &&
	       slice_int64(v->text, min, max, out);
}

bool
json_is_null(const struct json *v)
{
	return v == NULL || v->type == JSON_NULL;
}
