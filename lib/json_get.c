/*
 * json, looking at a tree.  Members are found by walking the list: objects
 * are small, and a stage asks each for a handful of names.
 */
#include <stdarg.h>
#include <string.h>

#include "json.h"

const struct json *
json_member(const struct json *object, struct slice key)
{
	const struct json *m;

	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	/* Most names of one length differ in their first letter. */
	for (m = object->child; m != NULL; m = m->next)
		if (m->key.len == key.len &&
		    (key.len == 0 || m->key.data[0] == key.data[0]) &&
		    memcmp(m->key.data, key.data, key.len) == 0)
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
