/*
 * write_html: a text as calsync writes it into a body, in each of the dresses
 * that Exchange has been seen to give it.  For the tests of law L7:
 * normalize(write(normalize(x))) = normalize(x).
 */
#ifndef WRITE_HTML_H
#define WRITE_HTML_H

#include "str.h"

#define DRESSES 7

static const struct {
	const char *before, *after;
	const char *newline; /* what stands for one */
	const char *blank;   /* a blank between two words */
} dresses[DRESSES] = {
	{ "<html><head></head><body>", "</body></html>", "<br>", " " },
	{ "<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" "
	  "content=\"text/"
	  "html; charset=utf-8\">\r\n<meta content=\"text/html; "
	  "charset=us-ascii\">\r\n</head>\r\n<body>\r\n",
	    "\r\n</body>\r\n</html>\r\n", "<br>\r\n", " " },
	{ "<html><head><meta name=\"Generator\" content=\"Microsoft Exchange "
	  "Server\"><!-- converted from text --><style><!-- .EmailQuote { "
	  "margin-left: 1pt; } --></style></head><body><font "
	  "size=\"2\"><span style=\"font-size:11pt;\"><div "
	  "class=\"PlainText\">",
	    "&nbsp;</div></span></font></body></html>", "<br>\r\n", "\r\n" },
	{ "<div>", "</div>", "<br/>", "\n" },
	{ "", "", "<BR>", " " },
	{ "<html><body><div><div>", "<br></div><div><br></div></div></body>",
	    "<br>\n", "  " },
	{ "<HTML><BODY><P>", "</P></BODY></HTML>", "<br \n clear=all>", "\t " },
};

static void
write_blank(struct str *out, struct slice text, size_t i, const char *blank)
{
	bool first = i == 0 || text.data[i - 1] == '\n';

	if (first || text.data[i - 1] == ' ')
		str_adds(out, "&nbsp;");
	else if (i + 1 < text.len && text.data[i + 1] != ' ')
		str_adds(out, blank);
	else
		str_addc(out, ' ');
}

static void
write_html(struct str *out, struct slice text, int dress)
{
	size_t i;
	char c;

	str_adds(out, dresses[dress].before);
	for (i = 0; i < text.len; i++) {
		c = text.data[i];
		if (c == '\n')
			str_adds(out, dresses[dress].newline);
		else if (c == ' ')
			write_blank(out, text, i, dresses[dress].blank);
		else if (c == '&')
			str_adds(out, "&amp;");
		else if (c == '<')
			str_adds(out, "&lt;");
		else if (c == '>')
			str_adds(out, "&gt;");
		else
			str_addc(out, c);
	}
	str_adds(out, dresses[dress].after);
}

#endif
