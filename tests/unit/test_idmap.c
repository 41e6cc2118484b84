/* idmap: many ids, each with its number, and none for others. */
#include "idmap.h"
#include "t.h"

#define IDS 20000U

/* They differ in their middle, and in length. */
static struct slice
id_of(struct str *s, unsigned n, const char *tail)
{
	str_reset(s);
	str_addf(s, "AAMkAGI2%05u%s", n, tail);
	return str_slice(s);
}

static unsigned
count_right(const struct idmap *m, unsigned add)
{
	static const char *const tails[] = { "", "A", "AAAAAENAAA=" };
	struct str s = { 0 };
	unsigned right = 0;

	for (unsigned n = 0; n < IDS; n++)
		right += idmap_get(m, id_of(&s, n, tails[n % 3])) ==
			 (add == IDMAP_NONE ? IDMAP_NONE : n + add);
	str_free(&s);
	return right;
}

static void
set_all(struct idmap *m, unsigned add)
{
	static const char *const tails[] = { "", "A", "AAAAAENAAA=" };
	struct str s = { 0 };

	for (unsigned n = 0; n < IDS; n++)
		idmap_set(m, id_of(&s, n, tails[n % 3]), n + add);
	str_free(&s);
}

int
main(void)
{
	struct idmap m = { 0 };

	is_int(count_right(&m, IDMAP_NONE), IDS, "an empty map has none");
	set_all(&m, 0);
	is_int((long long)m.count, IDS, "each is another one");
	is_int(count_right(&m, 0), IDS, "and has its number");
	ok(idmap_get(&m, SLICE("AAMkAGI2")) == IDMAP_NONE, "others have none");
	ok(idmap_get(&m, SLICE("")) == IDMAP_NONE, "nor has an empty one");
	set_all(&m, 7);
	is_int((long long)m.count, IDS, "numbers are replaced");
	is_int(count_right(&m, 7), IDS, "by the last ones");
	idmap_reset(&m);
	is_int(count_right(&m, IDMAP_NONE), IDS, "after a reset none is left");
	set_all(&m, 1);
	is_int(count_right(&m, 1), IDS, "and all may come again");
	idmap_free(&m);
	ok(m.slot == NULL && m.count == 0, "free");
	return done();
}
