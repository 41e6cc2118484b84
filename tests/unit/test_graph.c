/* graph_judge: what Graph's errors mean, in each spelling that was seen. */
#include "graph.h"
#include "t.h"

static void
test_verdicts(void)
{
	static const struct {
		int status;
		const char *body;
		enum graph_verdict verdict;
		const char *code;
	} cases[] = {
		{ 200, "", GRAPH_OK, "" },
		{ 204, "", GRAPH_OK, "" },
		{ 410, "", GRAPH_DEAD_LINK, "" },
		{ 410, "{\"error\":{\"code\":\"SyncStateNotFound\"}}",
		    GRAPH_DEAD_LINK, "SyncStateNotFound" },
		{ 410, "{\"error\":{\"code\":\"resyncRequired\"}}",
		    GRAPH_DEAD_LINK, "resyncRequired" },
		{ 400, "{\"error\":{\"code\":\"syncStateNotFound\"}}",
		    GRAPH_DEAD_LINK, "syncStateNotFound" },
		{ 400,
		    "{\"error\":{\"code\":\"BadRequest\",\"innerError\":{"
		    "\"code\":\"SyncStateInvalid\"}}}",
		    GRAPH_DEAD_LINK, "BadRequest" },
		{ 400, "The full sync is required: fullSyncRequired",
		    GRAPH_DEAD_LINK, "" },
		{ 400, "{\"error\":{\"code\":\"ErrorInvalidIdMalformed\"}}",
		    GRAPH_BAD_ID, "ErrorInvalidIdMalformed" },
		{ 404, "{\"error\":{\"code\":\"ErrorItemNotFound\"}}",
		    GRAPH_GONE, "ErrorItemNotFound" },
		{ 404, "{\"error\":{\"code\":\"erroritemnotfound\"}}",
		    GRAPH_GONE, "erroritemnotfound" },
		{ 400, "{\"error\":{\"code\":\"ErrorItemNotFound\"}}",
		    GRAPH_REFUSED, "ErrorItemNotFound" },
		{ 404, "", GRAPH_REFUSED, "" },
		{ 404, "<html>ErrorItemNotFound</html>", GRAPH_REFUSED, "" },
		{ 404, "{\"error\":{\"code\":\"MailboxNotEnabledForRESTAPI\"}}",
		    GRAPH_NO_MAILBOX, "MailboxNotEnabledForRESTAPI" },
		{ 404, "{\"error\":{\"code\":\"Request_ResourceNotFound\"}}",
		    GRAPH_NO_MAILBOX, "Request_ResourceNotFound" },
		{ 400, "{\"error\":{\"code\":\"ErrorInvalidUser\"}}",
		    GRAPH_NO_MAILBOX, "ErrorInvalidUser" },
		{ 404,
		    "{\"error\":{\"code\":\"x\",\"innererror\":{\"code\":"
		    "\"ErrorItemNotFound\"}}}",
		    GRAPH_GONE, "x" },
		{ 401, "{\"error\":{\"code\":\"InvalidAuthenticationToken\"}}",
		    GRAPH_DENIED, "InvalidAuthenticationToken" },
		{ 403, "", GRAPH_DENIED, "" },
		{ 412, "", GRAPH_STALE, "" },
		{ 409, "", GRAPH_STALE, "" },
		{ 429, "", GRAPH_BUSY, "" },
		{ 500, "{\"error\":{\"code\":\"ErrorInternalServerError\"}}",
		    GRAPH_BUSY, "ErrorInternalServerError" },
		{ 503, "<html>", GRAPH_BUSY, "" },
		{ 405, "{\"error\":{\"code\":\"\"}}", GRAPH_REFUSED, "" },
		{ 307, "", GRAPH_REFUSED, "" },
		{ 400, "{\"error\":{\"code\":\"a b\\nc;--\\u00e4Z_.9\"}}",
		    GRAPH_REFUSED, "abc--Z_.9" },
		{ 400, "{\"error\":{\"code\":7}}", GRAPH_REFUSED, "" },
		{ 400, "{\"error\":null}", GRAPH_REFUSED, "" },
	};
	char code[64];
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		is_str(graph_verdict_name(graph_judge(
			   cases[i].status, slice_of(cases[i].body), code)),
		    graph_verdict_name(cases[i].verdict), "%d %s",
		    cases[i].status, cases[i].body);
		is_str(code, cases[i].code, "and its code");
	}
}

int
main(void)
{
	test_verdicts();
	return done();
}
