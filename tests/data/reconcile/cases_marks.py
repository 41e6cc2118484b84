"""Our categories (category.write): what a decision asks for on this copy."""
from world import candidate, changed, digest, dumps, event, linked, mailbox
from world_out import OUT, edited

MARKS = {**OUT, "mail.allow": "none", "category.mark": "CRM", "select.mode": "combined",
         "category.write": "mark, error, status", "organizer.mode": "any"}
DONE = "Status: Tracked successfully."
ERROR = "Sync Error"
LONG = "Status: Not tracked: too long."
SYNCED = ["CRM", DONE]
ADD = "graph.mark +category CRM +category " + DONE
BLUE, RED = {"CRM": "preset7"}, {ERROR: "preset0"}
E1 = event("xia")
DAYS = {"start": "2026-11-24", "end": "2026-11-26", "all_day": True}


def of(*own, n=1, people=("xia",), **over):
    return event(*people, categories=list(own), id=f"AAMk{n}", uid=f"0400{n}", **over)


def held_digest(mail):
    """What docs/stream.md says."""
    change = {"add": SYNCED, "remove": []}
    return digest(dumps({"op": "graph.mark", "set": None, "attendees": None,
                         "categories": change, "mail": mail}))


def add(case):
    case("marks-create", "C-038 C-040",
         "What comes in is marked, beside what its user has; if the CRM refuses it, it says so. "
         "It is about the copy: no link, nobody is mailed.",
         candidate(of("Own")), policy=MARKS,
         want=["crm.create", (ADD, {
             "crm_id": None, "meeting": None, "etag": 'W/"1"', "changes": [], "mail": [],
             "failed": {"add": [ERROR, "Status: Not tracked: refused by the CRM."], "remove": []},
             "colors": {**BLUE, **RED}, "expect": {"version": None, "digest": None},
             "why": {"rule": "synced", "evidence": "+CRM, +" + DONE,
                     "policy": "category.write = mark, error, status"}})])
    case("marks-there", "U2 L1", "Our own write comes back: nothing.",
         candidate(of(*SYNCED)), linked(of(*SYNCED, n=2, subject="Other")), policy=MARKS,
         want=["crm.create", "skip unchanged"])
    case("marks-guest", "U7 C-038", "An attendee's copy gets its own.",
         linked(event("ann", "xia", organizer="bob"), state={"deciding": False, "copies": [
             {"account": 1, "id": "AAMk1", "role": "attendee", "state": "present"},
             {"account": 2, "id": "BBMk1", "role": "organizer", "state": "present"}]}),
         policy=MARKS, want=["link.copy", (ADD, {"failed": "absent"})])
    case("marks-later", "C-038", "Linked and not marked yet, for whatever reason it is read.",
         linked(E1, again="first_run"), policy=MARKS, want=["skip unchanged", ADD])
    case("marks-put-back", "C-038",
         "Its user took the mark off, but it comes in by rule as well: it is shared, and says so.",
         linked(of(*SYNCED), changed(of(DONE))), policy=MARKS,
         want=["link.base", ("graph.mark +category CRM", {"etag": 'W/"2"'})])
    case("marks-first", "L3", "In a first section nothing is written: read again at once.",
         sections=[(mailbox(first=True), [candidate(of())], {})], policy=MARKS,
         want=["crm.create", ("skip first_run", {
             "beside": True, "due": "2026-11-21T09:00:00Z", "changes": "absent"})])
    case("marks-incomplete", "L2", "Nor in an incomplete one.",
         candidate(of()), policy=MARKS, end={"complete": False},
         want=["crm.create", ("skip incomplete", {"beside": True})])
    # failures
    case("marks-failed", "C-039 C-041",
         "An error says what is wrong, and which fields are missing; what was said before is "
         "replaced, the mark that is on it is its user's.",
         candidate(of(DONE, "CRM", n=1, subject="", location="")), candidate(of(n=2, zone=None)),
         candidate(of(n=3, **DAYS)),
         candidate(of(n=4, start="2026-11-24", end="2026-11-25", all_day=True,
                      series={"kind": "master", "master": None, "original_date": None},
                      recurrence="FREQ=DAILY;COUNT=2", recurrence_text="Daily, 2 times")),
         policy={**MARKS, "fields.required": "subject, location", "recurring.mode": "series",
                 "refuse": "recurring_allday, longer:24h"},
         want=["skip missing_fields error", "skip timezone error", "skip too_long error",
               "skip recurring_allday error",
               f"graph.mark +category {ERROR} +category Status: Not tracked: too long.",
               f"graph.mark +category {ERROR} +category Status: Not tracked: all-day series.",
               (f"graph.mark +category {ERROR} +category Status: Required fields are missing: "
                f"location, subject -category {DONE}",
                {"colors": RED, "failed": "absent", "why": {"rule": "failed"}}),
               f"graph.mark +category {ERROR} +category Status: Not tracked: unknown time zone."])
    case("marks-mended", "C-039", "It comes in at last: the error goes, nobody's own does.",
         candidate(of("Own", ERROR, "Status: Required fields are missing: subject",
                      "Status: waiting")),
         policy=MARKS, want=["crm.create", (
             ADD + f" -category {ERROR} -category Status: Required fields are missing: subject",
             {})])
    case("marks-no-failure", "C-039",
         "What is left out by a rule has not failed: an error that it had goes. Without one it is "
         "left alone, and so is what others call a status.",
         candidate(of(ERROR, LONG, "Status: mine", sensitivity="private")),
         candidate(of("Status: mine", n=2, sensitivity="private")),
         policy={**MARKS, "private.mode": "skip"},
         want=["skip private", "skip private",
               (f"graph.mark -category {ERROR} -category {LONG}", {"why": {"rule": "no_failure"}})])
    case("marks-refused-before", "C-039",
         "The CRM refused the change last time, and may again: what is said then goes along.",
         linked(of(*SYNCED), changed(of(*SYNCED, subject="B")), again="crm_error"), policy=MARKS,
         want=["crm.update subject", ("graph.mark", {"categories": {"add": [], "remove": []},
               "failed": {"add": [ERROR, "Status: Not tracked: refused by the CRM."],
                          "remove": [DONE]}})])
    # what is written, and where
    case("marks-only-mark", "C-038", "Only the mark: no status is put on or taken off.",
         candidate(of(ERROR, LONG)), candidate(of(n=2, zone=None)),
         policy={**MARKS, "category.write": "mark"},
         want=["crm.create", "skip timezone error", "graph.mark +category CRM"])
    case("marks-only-error", "C-039", "Only errors.",
         candidate(of(ERROR)), candidate(of(n=2, zone=None)),
         policy={**MARKS, "category.write": "error"},
         want=["crm.create", "skip timezone error", f"graph.mark -category {ERROR}",
               f"graph.mark +category {ERROR}"])
    case("marks-one-way", "P-005", "Where nothing goes to Outlook, no category does.",
         candidate(of()), linked(of(n=2, subject="Other")), candidate(of(n=3, zone=None)),
         policy={**MARKS, "direction.events": "to_crm"},
         want=["crm.create", "skip unchanged", "skip timezone error"])
    case("marks-user-one-way", "U16", "It is the mailbox's own user who says so.",
         sections=[(mailbox(policy={"direction.events": "to_crm"}), [candidate(of())], {})],
         policy={**MARKS, "users.edit": "yes"}, want="crm.create")
    series = {"kind": "occurrence", "master": "M1", "original_date": "2026-11-24"}
    case("marks-occurrence", "",
         "An occurrence would become an exception by it, so none; an exception is one already.",
         candidate(of(series=series)),
         candidate(of(n=2, subject="Other", series={**series, "kind": "exception"})),
         policy={**MARKS, "recurring.mode": "instances"}, want=["crm.create", "crm.create", ADD])
    case("marks-created", "C-038 C-040 SC-40", "What the CRM makes has them from the beginning.",
         edited(event("xia"), crm={}), policy={**MARKS, "category.write": "status"},
         want=["skip unchanged", "graph.mark +category " + DONE])
    case("marks-past", "", "What is over is marked all the same: nobody is mailed.",
         candidate(of(start="2026-11-20T09:00:00Z", end="2026-11-20T10:00:00Z")), policy=MARKS,
         want=["crm.create", ADD])
    case("marks-with-content", "U4",
         "One write of an event at a time: first what the CRM changed, and then it is read again.",
         edited(of(), crm={"location": "Hall"}), policy={**MARKS, "mail.allow": "all"},
         want=("graph.update location", {"more": True, "categories": "absent"}))
    # the end
    past = {"start": "2026-11-20T09:00:00Z", "end": "2026-11-20T10:00:00Z"}
    case("marks-ended", "I-024",
         "The link ends: off with them. (Deleted in the CRM and kept in Outlook: they stay.)",
         linked(of("Own", *SYNCED, **past), crm={"subject": "B"}),
         edited(of(*SYNCED, n=2), crm={"deleted": True}),
         policy={**MARKS, "unlink.on_edit": "all"},
         want=["link.end", "link.end", (f"graph.mark -category CRM -category {DONE}",
                                        {"why": {"rule": "ended"}})])
    case("marks-unmarked", "I-066", "Its user took the mark off and it leaves: so does the status.",
         linked(of(*SYNCED), changed(of(DONE))), policy={**MARKS, "select.mode": "manual"},
         want=["link.end", f"graph.mark -category {DONE}"])
    case("marks-private", "U21 C-012",
         "It turns private: the mark that we put on what came in by rule is nobody's choice, so "
         "it leaves. One that was chosen by hand stays.",
         linked(of(*SYNCED), changed(of(*SYNCED, sensitivity="private"))),
         linked(of(*SYNCED, n=2), changed(of(*SYNCED, n=2, sensitivity="private")),
                owner_policy={**MARKS, "private.mode": "manual", "select.mode": "manual"}),
         policy={**MARKS, "private.mode": "manual"},
         want=["link.end sensitivity", "crm.update sensitivity",
               f"graph.mark -category CRM -category {DONE}"])
    case("marks-stopped", "C-017", "Past window.stop they stay: the CRM event stands.",
         linked(of(*SYNCED, start="2026-09-24T09:00:00Z", end="2026-09-24T10:00:00Z")),
         policy={**MARKS, "window.stop": "30d"}, want="link.end inactive")
    # mails
    paranoid = {**MARKS, "mail.model": "paranoid"}
    case("marks-mailed", "L3 U14",
         "Where every write mails, this one does: held and counted as others are. An attendee's "
         "copy mails nobody.",
         linked(of()), linked(event("ann", "xia", organizer="bob", id="AAMk2"), state={
             "deciding": False, "copies": [
                 {"account": 1, "id": "AAMk2", "role": "attendee", "state": "present"}]}),
         policy=paranoid,
         want=["skip unchanged", "link.copy", ("hold mail_held graph.mark categories", {
             "held": {"mail": ["xia@client.test"], "digest": held_digest(["xia@client.test"])},
             "due": "absent"}), (ADD, {"mail": []})])
    case("marks-mailed-allowed", "L3", "It counts against the budgets.",
         linked(of()), linked(of(n=2)),
         policy={**paranoid, "mail.allow": "all", "mail.per_run": "1"},
         want=["skip unchanged", "skip unchanged", (ADD, {"mail": ["xia@client.test"],
               "limits": {"run": 1}}), "hold mail_held graph.mark categories"])
    hold = {"id": 3, "digest": held_digest(["xia@client.test"]), "reason": "mail_held"}
    case("marks-held", "L1 U14", "Held before: nothing new, and nothing to read again.",
         linked(of(), holds=[{**hold, "released": False}]), policy=paranoid,
         want=["skip unchanged", ("skip mail_held known", {"beside": True, "due": None})])
    case("marks-released", "U14", "Released: it passes.",
         linked(of(), holds=[{**hold, "released": True}]), policy=paranoid,
         want=["skip unchanged", (ADD, {"hold": 3, "mail": ["xia@client.test"]})])
