/*
 * blocked: which entry of select.block an event meets.  A byte above 0x7f
 * counts as a letter, so that "Zahn" is not found in "Zahnärztin" and not in
 * "Zahnä" either.
 */
#include "blocked.h"

static bool
is_letter(char c)
{
	char l = ascii_lower(c);

	return ascii_is_digit(c) || (l >= 'a' && l <= 'z') ||
	       (unsigned char)c > 0x7f;
}

bool
text_has_word(struct slice text, struct slice word)
{
	for (size_t i = 0; word.len > 0 && i + word.len <= text.len; i++) {
		size_t end = i + word.len;

		if ((i > 0 && is_letter(text.data[i - 1])) ||
		    (end < text.len && is_letter(text.data[end])))
			continue;
		if (slice_eq_nocase(
			(struct slice){ text.data + i, word.len }, word))
			return true;
	}
	return false;
}

static bool
has_category(const struct candidate *c, struct slice name)
{
	const struct json *all = json_get(c->event, "categories"), *i;

	for (i = all ? all->child : NULL; i != NULL; i = i->next)
		if (slice_eq_nocase(json_str(i), name))
			return true;
	return false;
}

static bool
has_address(const struct candidate *c, const struct policy_item *entry)
{
	for (size_t i = 0; i < c->people.count; i++) {
		struct slice address = c->people.list[i].address;

		if (slice_eq_nocase(entry->kind == ITEM_DOMAIN
					? address_domain(address)
					: address,
			entry->name))
			return true;
	}
	return false;
}

static bool
entry_matches(const struct candidate *c, const struct policy_item *entry)
{
	if (entry->kind == ITEM_CATEGORY)
		return has_category(c, entry->name);
	if (entry->kind == ITEM_SUBJECT)
		return text_has_word(
		    json_text(c->event, "subject"), entry->name);
	return (entry->kind == ITEM_ADDRESS || entry->kind == ITEM_DOMAIN) &&
	       has_address(c, entry);
}

bool
event_is_blocked(const struct candidate *c)
{
	const struct policy_item *entry;

	for (size_t i = 0;
	     (entry = policy_item(c->policy, POL_SELECT_BLOCK, i)) != NULL; i++)
		if (entry_matches(c, entry))
			return true;
	return false;
}
