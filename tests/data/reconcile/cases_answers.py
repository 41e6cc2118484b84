"""The user's own answer to somebody else's meeting, set in the CRM (rsvp)."""
from world import changed, event, mailbox, removed
from world_out import OUT, edited, member

QUIET = {**OUT, "rsvp": "quiet"}
CRM_WINS = {**QUIET, "conflict.events": "crm"}
NEWEST = {**QUIET, "conflict.events": "newest"}
THEIRS = event("ann", "xia", organizer="bob", response="notResponded")
SAID = {n: event(("ann", n), "xia", organizer="bob", response=n)
        for n in ("accepted", "tentativelyAccepted", "declined")}


def people(answer, **over):
    """The CRM's people of it, Ann with this answer; over: the others'."""
    out = [{**member(p), "response": over.get(p, "none")} for p in ("bob", "ann", "xia")]
    out[0]["response"] = over.get("bob", "accepted")
    out[1]["response"] = answer
    return out


def answers(answer, before=THEIRS, after=None, **over):
    return edited(before, after, crm={"attendees": people(answer, **over.pop("others", {}))},
                  **over)


def add(case):
    done = {"id": "AAMk1", "etag": 'W/"1"', "mail": [], "changes": [12], "set": "absent",
            "why": {"rule": "answer", "policy": "rsvp = quiet"}}
    for model in ("strict", "paranoid"):
        case(f"answer-out-{model}", "F031 L3 L10",
             "Ann's own answer goes out through her own copy, to the last shade, and mails nobody.",
             *[answers(a) for a in ("accepted", "tentative", "declined")],
             policy={**QUIET, "mail.model": model, "mail.allow": "none", "mail.per_run": "0"},
             want=[("graph.respond accepted", {**done, "response": "accepted", "base": {
                 "graph": {"response": "accepted"}}}),
                   ("graph.respond tentative", {**done, "base": {
                       "graph": {"response": "tentativelyAccepted"}}}),
                   ("graph.respond declined", done)])
    case("answer-off", "F031 SC-02", "By default it stays in the CRM, also when answers go out later.",
         answers("accepted"), policy=OUT, want=("link.base", {"pending": "absent"}))
    case("answer-narrowed", "F031", "Her own rows of the policy decide.",
         answers("accepted"), policy=QUIET, box=mailbox(policy={**QUIET, "rsvp": "off"}),
         want="link.base")
    case("answer-in-only", "F031", "Nothing is written where nothing goes out.",
         answers("accepted"), policy={**QUIET, "direction.events": "to_crm"},
         want="link.base")
    case("answer-first-run", "F031", "Nor in a first run, nor in an incomplete section.",
         sections=[(mailbox(first=True), [answers("accepted")], {}),
                   (mailbox("bob"), [], {}),
                   (mailbox(), [answers("accepted")], {"complete": False})], policy=QUIET,
         want=["skip first_run", "skip incomplete"])
    case("answer-known", "F031",
         "Graph says the same already; taken back in the CRM, which Graph cannot; "
         "accepted stays accepted where Graph has the shade.",
         answers("accepted", SAID["accepted"]), answers("none", SAID["accepted"]),
         answers("accepted", THEIRS, changed(SAID["accepted"])),
         answers("accepted", SAID["tentativelyAccepted"]), policy=QUIET,
         want=["skip unchanged", "skip unchanged", "link.base", "skip unchanged"])
    case("answer-changed-mind", "F031",
         "From one answer to another; tentative is one of its own.",
         answers("declined", SAID["accepted"]), answers("tentative", SAID["accepted"]),
         policy=QUIET, want=["graph.respond declined", "graph.respond tentative"])
    case("answer-tentative-in", "F031 P-100 U3",
         "A tentative answer of Outlook is accepted to the CRM, and the CRM's tentative is no "
         "other one: nothing is written over it.",
         edited(THEIRS, changed(SAID["tentativelyAccepted"])),
         edited(THEIRS, changed(SAID["tentativelyAccepted"]), crm={"attendees": people("tentative")},
                base_crm={"attendees": people("tentative")}),
         edited(THEIRS, changed(event(("ann", "tentativelyAccepted", "optional"), "xia",
                                      organizer="bob", response="tentativelyAccepted")),
                crm={"attendees": people("tentative")},
                base_crm={"attendees": people("tentative")}), policy=QUIET,
         want=["crm.update ~1=accepted", "link.base", "crm.update ~1=tentative"])
    case("answer-conflict", "F031",
         "Answered on both sides: conflict.events says whose counts, and the other is written over.",
         *[answers("accepted", THEIRS, changed(SAID["declined"]), owner_policy=p)
           for p in (QUIET, CRM_WINS, NEWEST)], policy=QUIET,
         want=["crm.update ~1=declined", "crm.update ~1=declined",
               ("graph.respond accepted", {"why": {"rule": "conflict",
                                                   "policy": "conflict.events = crm"}})])
    case("answer-and-graph", "F031",
         "Graph has moved the meeting meanwhile: that comes in, and the answer goes out.",
         answers("accepted", THEIRS, changed(THEIRS, location="Hall")), policy=QUIET,
         want=[("crm.update location", {"pending": ["attendees", "rooms", "send_invites"]}),
               "graph.respond accepted"])
    case("answer-of-another", "F031",
         "Xia's and Bob's answers are not Ann's to give: the CRM's own; of a user's it is said why.",
         edited(THEIRS, crm={"attendees": people("none", xia="accepted")}),
         edited(THEIRS, crm={"attendees": people("none", bob="declined")}),
         edited(event("bob"), crm={"attendees": [{**member("bob"), "response": "accepted"}]}),
         policy=QUIET,
         want=["skip unchanged", ("skip crm_changed", {"why": {
             "policy": "rsvp = quiet",
             "evidence": "the answer of a user of another mailbox"}}),
               ("skip crm_changed", {"changes": [12]})])
    case("answer-over", "F031", "A meeting that is over is held, as other writes to it are.",
         answers("accepted", event("ann", "xia", organizer="bob", response="notResponded",
                                   start="2026-11-20T09:00:00Z", end="2026-11-20T10:00:00Z")),
         policy=QUIET, want=("hold past graph.respond response", {"held": {"mail": []}}))
    case("answer-nowhere", "F031",
         "Nothing of a cancelled meeting, of a draft, and of one that was declined in Outlook too.",
         answers("accepted", THEIRS, changed(THEIRS, cancelled=True)),
         answers("accepted", event("ann", "xia", organizer="bob", draft=True)),
         removed(THEIRS, crm={"attendees": people("accepted")}), policy=QUIET,
         want=["link.end", "skip draft", "link.end"])
