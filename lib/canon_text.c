/*
 * canon_text: characters in, compared text out.
 *
 * The rules about lines are applied at the end, line by line, and not while
 * characters come in: the online-meeting block is known only when its last
 * line is seen.  Outlook draws a line of underscores above and below it and
 * puts the join link between them; the words are in the mailbox's language
 * and say nothing.  What stands between two such lines with a link in it is
 * the block; without the second line it reaches to the end.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "canon_text.h"
#include "str_block.h"
#include "xalloc.h"

/* Outlook's lines are 80 long, its previews' 32. */
#define SEPARATOR_MIN 20
/* The link stands near the top of a block: in the fourth line that is not empty
 * at the latest.  Further down it is somebody's text, for instance under the
 * line that Outlook draws above what it forwards. */
#define LINES_TO_LINK 4
/* A line of its own that no body can hold, since controls are dropped. */
#define MEETING "\001"

/* A line of underscores that may open a meeting's block. */
struct opening {
	size_t len;	 /* of the output before it */
	size_t newlines; /* that were due then */
	size_t below;	 /* lines below the opening further out, then */
};

struct lines {
	struct str *out;
	size_t begin;	      /* of this text in out */
	size_t newlines;      /* due before the next line that is not empty */
	struct opening *open; /* innermost last */
	size_t open_count, open_max;
	size_t below; /* lines that are not empty since the innermost one */
	bool join;    /* and one of the first has a join link */
};

void
text_start(struct text *t)
{
	str_reset(&t->raw);
	/* Of an HTML body of full length the text may be a little longer. */
	t->raw.max = 2 * LINE_MAX_BYTES;
	t->content = t->blank = t->bullet = false;
}

void
text_free(struct text *t)
{
	str_free(&t->raw);
}

/* What is due before a character of the line. */
static void
add_due(struct text *t)
{
	if (t->bullet)
		str_adds(&t->raw, "- ");
	else if (t->blank)
		str_addc(&t->raw, ' ');
	t->bullet = t->blank = false;
	t->content = true;
}

/* Bytes that go through as they are.  0xc2 begins an NBSP, 0xef what is not
 * to be seen. */
static bool
is_plain(unsigned char c)
{
	return c > ' ' && c != 0xc2 && c != 0xef;
}

/* A run of plain bytes with single blanks between them. */
static size_t
plain_length(struct slice s)
{
	const char *p = s.data, *end = p + s.len;

	if (p == end || !is_plain((unsigned char)*p))
		return 0;
#ifdef BLOCK
	for (; end - p > (ptrdiff_t)BLOCK; p += BLOCK) {
		/* What is not plain, and blanks before such or another one. */
		const unsigned odd = block_text_odd(p) |
				     (block_blank(p) & (block_text_odd(p + 1) |
							   block_blank(p + 1)));

		if (odd != 0)
			return (size_t)(p - s.data) +
			       (size_t)__builtin_ctz(odd);
	}
#endif
	while (p < end && (is_plain((unsigned char)*p) ||
			      (*p == ' ' && end - p >= 2 &&
				  is_plain((unsigned char)p[1]))))
		p++;
	return (size_t)(p - s.data);
}

static bool
begins(struct slice s, const char *bytes, size_t n)
{
	return s.len >= n && memcmp(s.data, bytes, n) == 0;
}

/* Length of the NBSP that s begins with, else 0. */
static size_t
nbsp_length(struct slice s)
{
	return begins(s, "\xc2\xa0", 2) ? 2 : 0;
}

/* U+FEFF, U+FFFE and U+FFFF: nothing to see, and no HTML parser keeps them. */
static size_t
invisible_length(struct slice s)
{
	return begins(s, "\xef\xbb\xbf", 3) || begins(s, "\xef\xbf\xbe", 3) ||
		       begins(s, "\xef\xbf\xbf", 3)
		   ? 3
		   : 0;
}

static bool
is_html_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Put in the character that s begins with; its length. */
static size_t
add_special(struct text *t, struct slice s)
{
	size_t n = nbsp_length(s);

	if (n != 0) {
		add_due(t);
		str_addc(&t->raw, ' ');
		return n;
	}
	n = invisible_length(s);
	if (n != 0)
		return n;
	if ((unsigned char)s.data[0] < ' ')
		return 1;
	add_due(t);
	str_addc(&t->raw, s.data[0]);
	return 1;
}

static void
skip(struct slice *s, size_t n)
{
	s->data += n;
	s->len -= n;
}

/* Put in a run of plain bytes, if s begins with one. */
static bool
add_plain(struct text *t, struct slice *s)
{
	size_t n = plain_length(*s);

	if (n == 0)
		return false;
	add_due(t);
	str_add(&t->raw, s->data, n);
	skip(s, n);
	return true;
}

void
text_add(struct text *t, struct slice s)
{
	while (s.len > 0) {
		if (add_plain(t, &s))
			continue;
		if (is_html_blank(s.data[0])) {
			t->blank = t->content;
			skip(&s, 1);
		} else {
			skip(&s, add_special(t, s));
		}
	}
}

void
text_add_kept(struct text *t, struct slice s)
{
	while (s.len > 0) {
		if (add_plain(t, &s))
			continue;
		if (begins(s, "\r\n", 2))
			skip(&s, 1);
		if (s.data[0] == '\n' || s.data[0] == '\r') {
			text_newline(t);
			skip(&s, 1);
		} else if (s.data[0] == ' ' || s.data[0] == '\t') {
			add_due(t);
			str_addc(&t->raw, ' ');
			skip(&s, 1);
		} else {
			skip(&s, add_special(t, s));
		}
	}
}

void
text_newline(struct text *t)
{
	str_addc(&t->raw, '\n');
	t->content = t->blank = false;
}

void
text_break(struct text *t)
{
	if (t->content)
		text_newline(t);
}

void
text_gap(struct text *t)
{
	t->blank = t->content;
}

void
text_bullet(struct text *t)
{
	text_break(t);
	t->bullet = true;
}

void
text_meeting(struct text *t)
{
	text_break(t);
	str_adds(&t->raw, MEETING);
	text_newline(t);
}

static struct slice
trim_end(struct slice line)
{
	while (line.len > 0 && line.data[line.len - 1] == ' ')
		line.len--;
	return line;
}

static struct slice
trim_begin(struct slice line)
{
	while (line.len > 0 && line.data[0] == ' ')
		skip(&line, 1);
	return line;
}

static bool
is_separator(struct slice line)
{
	size_t i;

	line = trim_begin(line);
	for (i = 0; i < line.len; i++)
		if (line.data[i] != '_')
			return false;
	return line.len >= SEPARATOR_MIN;
}

static bool
contains(struct slice s, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	while (s.len >= n) {
		p = memchr(s.data, word[0], s.len - n + 1);
		if (p == NULL)
			return false;
		if (memcmp(p, word, n) == 0)
			return true;
		skip(&s, (size_t)(p - s.data) + 1);
	}
	return false;
}

/* The addresses that Teams has used, in all its clouds, and Skype's. */
static bool
has_join_link(struct slice line)
{
	static const char *const links[] = { "/l/meetup-join/",
		"://teams.microsoft.com/meet/", "://teams.live.com/meet/",
		"://gov.teams.microsoft.us/meet/",
		"://dod.teams.microsoft.us/meet/",
		"://teams.microsoftonline.cn/meet/", "://meet.lync.com/",
		"://join.skype.com/" };
	size_t i;

	for (i = 0; i < sizeof links / sizeof links[0]; i++)
		if (contains(line, links[i]))
			return true;
	return false;
}

static void
put_line(struct lines *l, struct slice line)
{
	if (l->out->len == l->begin)
		line = trim_begin(line);
	else if (line.len > 0)
		str_add(l->out, "\n\n", l->newlines < 2 ? l->newlines : 2);
	if (line.len == 0) {
		l->newlines += l->newlines > 0;
		return;
	}
	str_add_slice(l->out, line);
	l->newlines = 1;
	l->below++;
}

static void
open_block(struct lines *l, struct slice line)
{
	struct opening o = { l->out->len, l->newlines, l->below };

	if (l->open_count == l->open_max) {
		l->open_max = l->open_max * 2 + 8;
		l->open = xreallocarray(l->open, l->open_max, sizeof *l->open);
	}
	l->open[l->open_count++] = o;
	put_line(l, line);
	l->below = 0;
	l->join = false;
}

/* Take back everything from the innermost opening line on. */
static void
cut_block(struct lines *l)
{
	struct opening *o = &l->open[--l->open_count];

	l->out->len = o->len;
	l->newlines = o->newlines;
	l->below = o->below;
	/* Below the one further out there was no link, or it would be gone. */
	l->join = false;
}

static bool
may_see_link(const struct lines *l)
{
	return l->open_count > 0 && l->below <= LINES_TO_LINK;
}

static void
take_line(struct lines *l, struct slice line)
{
	line = trim_end(line);
	if (slice_is(line, MEETING)) {
		l->join = l->join || may_see_link(l);
	} else if (!is_separator(line)) {
		put_line(l, line);
		if (may_see_link(l) && has_join_link(line))
			l->join = true;
	} else if (l->join) {
		cut_block(l);
	} else {
		open_block(l, line);
	}
}

void
text_finish(struct text *t, struct str *out)
{
	struct lines l = { .out = out, .begin = out->len };
	struct slice rest = str_slice(&t->raw);

	while (rest.len > 0)
		take_line(&l, slice_cut(rest, '\n', &rest));
	if (l.join)
		cut_block(&l);
	/* Ends the C string too, after a cut. */
	str_add(out, "", 0);
	free(l.open);
}
