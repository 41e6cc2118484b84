"""What ends a link or stops it: deletions, marks, privacy, age; and the end of the
section, where deletions leave or are held."""
from world import candidate, changed, event, linked, mailbox, removed

E1 = event("xia")
DELETE = {"delete.to_crm": "delete"}
MARK = {"category.mark": "CRM", "select.mode": "manual", "unmatched.mode": "manual"}
MARKED = event("xia", categories=["CRM"])


def gone(n, **over):
    """The n-th linked event, gone."""
    return removed(event("xia", id=f"AAMk{n}", uid=f"0400{n}"),
                   state={"meeting": n, **over.pop("state", {})}, **over)


def copies(*rows):
    return [{"account": a, "id": i, "role": r, "state": s} for a, i, r, s in rows]


def add(case):
    # removed and cancelled
    case("deleted", "P-024 P-005 S-027 L2",
         "The organizer's copy is proven gone: the CRM event is deleted, after everything else.",
         gone(1), candidate(event("xia", id="AAMk9", uid="9")), policy=DELETE,
         want=["crm.create", ("crm.delete delete", {
             "meeting": 1, "expect": {"version": 3}, "set": "absent", "copy": "absent",
             "why": {"rule": "deleted", "policy": "delete.to_crm = delete"}})])
    case("deleted-mark", "I-007", "Or it is marked as cancelled.", gone(1),
         policy={"delete.to_crm": "mark"}, want="crm.delete mark")
    case("deleted-keep", "P-025",
         "As delivered it stays, and the link ends, so that it is not made again.", gone(1),
         want=("link.end", {"why": {"rule": "deleted", "policy": "delete.to_crm = keep"}}))
    case("deleted-recreate", "O-023 O-024",
         "To be made in Microsoft again, where a direction goes out; one way in it only stays.",
         sections=[(mailbox("ann", {"direction.events": d}), [gone(1)], {})
                   for d in ("both", "to_crm")],
         policy={"delete.to_crm": "recreate", "direction.events": "both"},
         want=[("graph.create", {"meeting": 1, "gone": "AAMk1", "mail": [],
                                 "why": {"rule": "deleted",
                                         "policy": "delete.to_crm = recreate"}}),
               "link.end"])
    case("deleted-recreate-one-way", "O-008", "One way in there is nothing to be made again.",
         gone(1), policy={"delete.to_crm": "recreate"}, want="link.end")
    case("cancelled", "P-024 C-055 I-007 F043 SC-40",
         "Cancelled counts as deleted. An attendee's cancelled copy is no op.",
         sections=[(mailbox("ann"), [linked(E1, changed(E1, cancelled=True))], {}),
                   (mailbox("bob"), [linked(
                       event("bob", mailbox="bob", id="BBMk1"),
                       event("bob", mailbox="bob", id="BBMk1", cancelled=True),
                       state={"deciding": False, "copies": copies(
                           (1, "AAMk1", "organizer", "present"),
                           (2, "BBMk1", "attendee", "present"))}, account=2)], {})],
         policy=DELETE,
         want=[("crm.delete delete", {"why": {"rule": "cancelled"}, "copy": {"role": "organizer"}}),
               "skip cancelled"])
    outside = event("ann", organizer="zed")
    case("cancelled-outside", "",
         "Zed cancelled; the copy that decides is Ann's, and Graph says so: the meeting ends.",
         linked(outside, changed(outside, cancelled=True)), policy=DELETE,
         want="crm.delete delete")
    case("cancelled-not-deciding", "",
         "Bob's cancelled copy where Ann's decides: hers will come as well.",
         sections=[(mailbox("bob"), [linked(
             event("ann", "bob", organizer="zed", mailbox="bob", id="BBMk1"),
             event("ann", "bob", organizer="zed", mailbox="bob", id="BBMk1", cancelled=True),
             state={"deciding": False, "copies": copies((1, "AAMk1", "attendee", "present"),
                                                        (2, "BBMk1", "attendee", "present"))},
             account=2)], {})],
         policy=DELETE, want="skip cancelled")
    case("attendee-copy-gone", "U6 F055",
         "Ann declined Zed's meeting and lost her copy, the last one: the meeting stays in the CRM, "
         "and the link ends, as there is no event left that it ties it to.",
         removed(outside), policy=DELETE,
         want=("link.end", {"state": "ended", "expect": {"version": 3, "digest": None},
                            "why": {"rule": "copy_gone"}}))
    case("deciding-copy-gone", "U6",
         "Ann's copy decided, Bob's lives: hers is dropped, nothing is deleted.",
         removed(outside, state={"copies": copies((1, "AAMk1", "attendee", "present"),
                                                  (2, "BBMk1", "attendee", "present"))}),
         policy=DELETE, want="link.drop")
    case("organizer-copy-gone", "F083",
         "The organizer's copy is gone: the meeting ends, whatever copies there are.",
         removed(E1, state={"copies": copies((1, "AAMk1", "organizer", "present"),
                                             (2, "BBMk1", "attendee", "present"))}),
         policy=DELETE, want="crm.delete delete")
    case("occurrence-cancelled", "F061",
         "One occurrence was deleted in Outlook; its date is among the cancelled ones.",
         removed(event("xia", series={"kind": "occurrence", "master": "AAMkM",
                                      "original_date": "2026-11-24"}),
                 proof="cancelled_occurrence"),
         policy=DELETE, want="crm.delete delete")
    case("deleted-and-edited", "F047",
         "Deleted in Outlook, edited in the CRM: where the key says delete, deletion wins; where "
         "it says keep, the edit stands on its side and the link ends.",
         sections=[(mailbox("ann"), [removed(E1, crm={"subject": "Mine"})], {})],
         policy=DELETE, want=("crm.delete delete", {"lost": {"subject": "Mine"},
                                                    "why": {"evidence": "lost: subject"}}))
    case("deleted-and-edited-private", "L8", "Of a private event only the names are told.",
         sections=[(mailbox("ann"), [removed(event("xia", sensitivity="private"),
                                             crm={"subject": "Mine"})], {})],
         policy=DELETE, want=("crm.delete delete", {"lost": None,
                                                    "why": {"evidence": "lost: subject"}}))
    case("deleted-and-edited-keep", "", "The other half of it.",
         removed(E1, crm={"subject": "Mine"}),
         want=("link.end", {"why": {"evidence": "edited in the CRM: subject"}}))
    case("both-deleted", "", "Gone on both sides: the link ends, nothing is written.",
         gone(1, crm={"deleted": True}), gone(2) | {"crm": None, "crm_digest": None},
         policy=DELETE, want=[("link.end", {"why": {"rule": "both_deleted"}})] * 2)
    case("deleted-in-crm", "P-027 SC-13 U10",
         "Deleted in the CRM, then moved in Outlook: the link ends and the event is not imported "
         "again.",
         linked(E1, changed(E1, start="2026-11-24T08:00:00Z"), crm={"deleted": True}),
         want=("link.end", {"why": {"rule": "deleted_in_crm"}}))
    case("deleted-in-crm-going-out", "U14",
         "To be deleted in Graph too. Xia would get a cancellation, and nobody may be mailed: "
         "held, and the link waits.",
         linked(E1, crm={"deleted": True}, again="waits"),
         policy={"delete.to_graph": "delete", "direction.events": "both"},
         want=("hold mail_held graph.delete", {"meeting": 12, "held": {"mail": ["xia@client.test"]},
                                               "why": {"evidence": "blocked: xia@client.test"}}))
    case("ended-copy-gone", "", "A tombstone's copy is gone: its row goes as well.",
         gone(1, state={"state": "ended"}), policy=DELETE, want="link.drop")
    # marks
    case("unmarked-delete", "I-066 SC-32", "The mark is taken off: the CRM item is deleted.",
         linked(MARKED, changed(MARKED, categories=[])), policy={**MARK, "unmark.to_crm": "delete"},
         want=("crm.delete delete", {"why": {"rule": "unmarked"},
                                     "base": {"graph": {"categories": []}}}))
    case("unmarked-unlink", "", "Or kept, and the link ends.",
         linked(MARKED, changed(MARKED, categories=["Own"])), policy=MARK,
         want=("link.end", {"why": {"rule": "unmarked",
                                    "policy": "unmark.to_crm = unlink"}}))
    case("unmarked-ignored", "", "Or without effect.",
         linked(MARKED, changed(MARKED, categories=[])),
         policy={**MARK, "unmark.to_crm": "ignore"}, want="link.base")
    case("unmarked-combined", "I-066 SC-32",
         "Combined: it gets in by rule as well, so it stays.",
         linked(MARKED, changed(MARKED, categories=[])),
         policy={**MARK, "select.mode": "combined", "unmark.to_crm": "delete"}, want="link.base")
    case("unmarked-private", "C-012",
         "A private event that was in by its mark alone does not stay by rule.",
         linked(event("xia", sensitivity="private", categories=["CRM"]),
                event("xia", sensitivity="private")),
         policy={**MARK, "select.mode": "combined", "private.mode": "manual",
                 "unmark.to_crm": "delete"},
         want="crm.delete delete")
    tomb = {"state": "ended"}
    case("marked-anew", "I-066 U10 SC-32",
         "Marked again after the end: a new CRM item, over the tombstone.",
         linked(E1, MARKED, state=tomb), policy=MARK,
         want=("crm.create", {"meeting": 12, "expect": {"version": 3, "digest": None},
                              "set": {"subject": "Review"},
                              "attendees": {"add": [{
                                  "address": "xia@client.test", "name": "Xia",
                                  "role": "required", "response": "none",
                                  "person": "contact", "id": "7"}]},
                              "why": {"rule": "marked_anew"}}))
    occurrence = event("xia", series={"kind": "occurrence", "master": "AAMkM",
                                      "original_date": "2026-11-24"})
    taken = {"state": tomb | {"ended": "deleted"}, "crm": {"deleted": True}}
    case("came-back", "F065",
         "Its series was shortened and is longer again: the deleted CRM event becomes it, with "
         "the text that it has. A single event, or one that the CRM deleted, stays ended.",
         linked(occurrence, **taken), linked(E1, **taken),
         linked(occurrence, state=tomb | {"ended": "deleted_in_crm"}, crm={"deleted": True}),
         want=[("crm.create", {"crm_id": "101", "meeting": 12,
                               "expect": {"version": 3, "digest": None},
                               "why": {"rule": "came_back"}}), "skip ended", "skip ended"])
    case("mark-that-stayed", "U10 C-054",
         "Deleted in the CRM while marked; the mark is still there: that is no new one.",
         linked(MARKED, changed(MARKED, subject="B"), state=tomb), policy=MARK, want="skip ended")
    case("mark-taken-off-tombstone", "U10",
         "Taken off, which is remembered, so that the next mark is new.",
         linked(MARKED, changed(MARKED, categories=[]), state=tomb), policy=MARK,
         want=("link.end", {"why": {"rule": "mark_off"}, "base": {"graph": {"categories": []}}}))
    case("mark-of-another-copy", "U10",
         "The base is of another mailbox: whether this mark is new is not known, so it is not.",
         linked(E1, MARKED, state=tomb, base={"account": 2}), policy=MARK, want="skip ended")
    # privacy
    secret = changed(E1, sensitivity="private", subject="Secret", location="Clinic")
    case("turned-private", "U21 I-020 SC-29",
         "The CRM copy becomes private, nothing else is copied, the link ends.",
         linked(E1, secret), policy={"private.mode": "skip"},
         want=("link.end sensitivity", {
             "set": {"sensitivity": "private", "subject": "absent"},
             "base": "absent", "why": {"rule": "turned_private", "evidence": None}}))
    case("turned-private-unexchanged", "U21",
         "Whatever `fields` says.",
         linked(E1, secret),
         policy={"fields": "subject, description, time, allday, attendees"},
         want="link.end sensitivity")
    case("turned-private-both", "U21", "The CRM's is private already: the link ends.",
         linked(E1, secret, crm={"sensitivity": "private"}), want=("link.end", {"set": "absent"}))
    case("turned-private-marked", "U21 C-050",
         "Under manual a mark lets it stay; without one the link ends.",
         linked(MARKED, changed(MARKED, sensitivity="private")), linked(E1, secret),
         policy={"private.mode": "manual", "category.mark": "CRM"},
         want=["crm.update sensitivity", "link.end sensitivity"])
    case("private-before-policy", "U9",
         "It came in while private was allowed; the policy is stricter now: gates are tested once.",
         linked(event("xia", sensitivity="private"),
                event("xia", sensitivity="private", location="Hall")),
         policy={"private.mode": "skip"}, want="crm.update location")
    case("gates-once", "U9 P-038",
         "A linked event that left the window, lost its contact and became internal goes on.",
         linked(E1, changed(event("bob"), start="2029-01-01T09:00:00Z",
                            end="2029-01-01T10:00:00Z")),
         want="crm.update start,end +2 -xia@client.test")
    # drafts, age
    case("draft-held", "SC-16 P-051",
         "Edited and not sent: the last state that was sent holds. Sent: it follows.",
         linked(E1, changed(E1, draft=True, subject="B")), linked(E1, changed(E1, subject="B")),
         want=["skip draft", "crm.update subject"])
    past = event("xia", start="2026-10-22T08:00:00Z", end="2026-10-22T09:00:00Z")
    older = event("xia", start="2026-10-22T08:00:00Z", end="2026-10-22T08:59:59Z")
    stop = {"window.stop": "30d", "window.past_in": "1y"}
    case("window-stop", "I-008 I-034 P-085 C-017 U12 U19",
         "Ended thirty days ago: still followed. A second more: Inactive, by time alone.",
         linked(past, changed(past, subject="B")), linked(older, again="due"), policy=stop,
         want=[("crm.update subject", {"due": "2026-11-21T09:00:01Z"}),
               ("link.end inactive", {"why": {"rule": "window_stop",
                                              "policy": "window.stop = 30d"}})])
    case("window-stop-stays", "I-008 SC-26",
         "Inactive: later changes do nothing; when Graph deletes it, only the copy goes, and the "
         "link with the last one.",
         linked(older, changed(older, subject="B"), state={"state": "inactive"}),
         removed(older, state={"state": "inactive"}), policy={**stop, **DELETE},
         want=["skip inactive", "link.end"])
    case("window-stop-moved", "",
         "Inactive, and moved to next week: its end is ahead, so it is followed again.",
         linked(older, E1, state={"state": "inactive"}), policy=stop,
         want="crm.update start,end")
    over = event("xia", start="2026-11-21T08:00:00Z", end="2026-11-21T09:00:00Z")
    case("past-kind", "I-004 U12 SC-26",
         "The meeting's time has passed, nothing else changed: it is an activity now, and due "
         "when it gets inactive.",
         linked(over, again="due"), policy={"past.kind": "activity", "window.stop": "30d"},
         want=("crm.update kind", {"set": {"kind": "activity"}, "due": "2026-12-21T09:00:01Z",
                                   "why": {"rule": "past", "policy": "past.kind = activity"}}))
    case("past-kind-back", "", "Moved into the future, it is an appointment again.",
         linked(over, E1, base_crm={"kind": "activity"}), policy={"past.kind": "activity"},
         want="crm.update start,end,kind")
    edit = {"unlink.on_edit": "all, !location", "conflict.scope": "record"}
    case("unlink-on-edit", "I-023 I-024 SC-28",
         "A past record was edited in the CRM: its sync ends, unless only what does not count "
         "was edited.",
         linked(over, changed(over, subject="B"), crm={"show_as": "free"}),
         linked(over, changed(over, subject="B"), crm={"location": "Hall"}), policy=edit,
         want=[("link.end", {"why": {"rule": "unlinked"}}), "crm.update subject,location"])
    case("unlink-not-upcoming", "I-026 SC-28",
         "The rule is for past records only.",
         linked(E1, changed(E1, subject="B"), crm={"show_as": "free"}), policy=edit,
         want="crm.update subject,show_as")
    # the section's end
    case("incomplete", "L2 U8 F082",
         "The read broke off: creations and updates go on, deletions wait for the next run.",
         gone(1), linked(E1, changed(E1, subject="B")), removed(outside, state={"meeting": 3}),
         policy=DELETE, end={"complete": False, "error": {"code": "http", "status": 503}},
         want=["crm.update subject", ("skip incomplete", {"due": "2026-11-21T09:00:00Z"}),
               "skip incomplete"])
    case("delete-max", "L2 F040",
         "Six deletions where five are allowed: none is done. Dropped copies are no deletions.",
         *[gone(n) for n in range(1, 7)], removed(outside, state={"meeting": 9}), policy=DELETE,
         want=[("skip delete_max error", {"why": {"evidence": "6 deletions, 5 allowed",
                                                  "policy": "delete.max = 5, 10%"}})] * 6
         + ["link.end"])
    case("delete-max-not-reached", "", "Five are done.", *[gone(n) for n in range(1, 6)],
         policy=DELETE, want=["crm.delete delete"] * 5)
    case("delete-max-share", "",
         "Ten per cent of the sixty events of the mailbox are six.",
         *[gone(n) for n in range(1, 7)], policy=DELETE,
         end={"counts": {"match.unchanged": 54}}, want=["crm.delete delete"] * 6)
    case("delete-max-unlimited", "", "Somebody who does not want the brake.",
         *[gone(n) for n in range(1, 8)], policy={**DELETE, "delete.max": "unlimited"},
         want=["crm.delete delete"] * 7)
    case("delete-max-per-section", "",
         "Each mailbox has its own count.",
         sections=[(mailbox("ann"), [gone(n) for n in range(1, 4)], {}),
                   (mailbox("bob"), [gone(n) for n in range(4, 7)], {})],
         policy=DELETE, want=["crm.delete delete"] * 6)
    case("page-mark", "",
         "A mark's cursor passes a deletion that waits: a skip, due at once, goes before it; the "
         "op follows at the end.",
         gone(1), {"type": "page", "resume": "https://graph.test/next", "window": {
             "start": "2026-10-22T00:00:00Z", "end": "2027-11-22T00:00:00Z"},
             "round": "2026-11-21T09:00:00Z"},
         candidate(event("xia", id="AAMk9", uid="9")), policy=DELETE,
         want=["skip incomplete", "crm.create", "crm.delete delete"])
    # the stream
    case("passes-on", "", "What is no candidate passes byte for byte.",
         {"type": "problem", "stage": "normalize", "code": "bad_time", "id": "AAMk8",
          "detail": "start.dateTime is no local time"},
         {"type": "weather", "of": "tomorrow", "x": [1, 2.50, None]}, want=["problem bad_time"])
    case("bad-owner-policy", "U15 L5", "Or whose owner's policy is none.",
         linked(E1, owner_policy={"private.mode": "perhaps"}), rc=1, want="problem bad_record")
    case("bad-policy", "U15", "A policy that is not understood stops the stage.",
         candidate(E1), policy={"private.mode": "perhaps"}, rc=78, err="policy of the run")
    case("bad-user-policy", "U15", "A user's as well.",
         candidate(E1), box=mailbox("ann", {"no.such.key": "1"}), rc=78,
         err="policy of the user")
    case("cut-off", "F148",
         "The stream ends inside a section: its deletions are forgotten, no end is written.",
         gone(1), candidate(E1), policy=DELETE, rc=65, err=".",
         raw=lambda text: "".join(text.splitlines(True)[:-2]))
