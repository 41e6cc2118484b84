"""Entry gates: one or more cases for every reason code, in the order of the
policy page, section 5."""
from world import candidate, changed, digest, event, linked, mailbox, person

XIA = event("xia")
ZED = event("zed")


def at(start, end, n, **over):
    return candidate(event("xia", start=start, end=end, id=f"AAMk{n}", uid=f"0400{n}", **over))


def crm_id(number):
    """The relation to Xia or Cy."""
    who, kind = {"7": ("xia", "contact"), "3": ("cy", "user")}[number]
    return {"address": person(who)["address"], "name": person(who)["name"], "role": "required",
            "response": "none", "person": kind, "id": number}


def add(case):
    # 2
    case("direction-shut", "P-006 O-007",
         "With to_graph nothing comes in, linked or not.",
         candidate(XIA), linked(event("xia", id="AAMk2"), event("xia", id="AAMk2", subject="B")),
         policy={"direction.events": "to_graph"}, want=["skip direction", "skip direction"])
    # 3
    case("ended-stays-ended", "U10 P-027",
         "The link is a tombstone. A change in Outlook does not bring the event back.",
         linked(XIA, changed(XIA, subject="Moved"), state={"state": "ended"}),
         want=("skip ended", {"why": {"policy": None}}))
    # 4
    case("cancelled-unlinked-is-silent", "",
         "An event that was cancelled before it ever came in.",
         candidate(event("xia", cancelled=True)), want="skip cancelled")
    case("series-master-is-silent", "",
         "Under instances each occurrence is its own event; the master is none.",
         candidate(event("xia", recurrence="FREQ=WEEKLY;COUNT=3", recurrence_text="Weekly on Wed, 3 times",
                         series={"kind": "master", "master": None, "original_date": None})),
         want="skip series_master")
    # 5
    draft = event("xia", draft=True)
    case("draft", "P-051", "An unsent meeting does not come in.", candidate(draft),
         want=("skip draft", {"why": {"policy": "refuse = draft, imported, private_contact"}}))
    case("draft-sent", "P-052", "The draft was sent: it comes in.",
         candidate(changed(draft, draft=False), seen={"reason": "draft", "digest": draft["digest"]}),
         want="crm.create")
    case("draft-not-refused", "", "A firm that does not refuse drafts gets them.", candidate(draft),
         policy={"refuse": "none"}, want="crm.create")
    # 6
    case("timezone-unknown", "U20 C-068 F110",
         "A zone that nobody can resolve is an error, never a guess.",
         candidate(event("xia", zone=None, zone_name="tzone://Microsoft/Custom")),
         want="skip timezone error")
    # 7
    case("window-past-bound", "P-036 U19",
         "The oldest start is a date: at that instant in, a second earlier out.",
         at("2026-10-01T00:00:00Z", "2026-10-01T01:00:00Z", 1),
         at("2026-09-30T23:59:59Z", "2026-10-01T01:00:00Z", 2),
         policy={"window.past_in": "2026-10-01"}, want=["crm.create", "skip window_past"])
    case("window-past-slides", "C-016", "14 days back to the second, both ends included.",
         at("2026-11-07T09:00:00Z", "2026-11-07T10:00:00Z", 1),
         at("2026-11-07T08:59:59Z", "2026-11-07T10:00:00Z", 2),
         at("2027-01-20T09:00:00Z", "2027-01-20T10:00:00Z", 3),
         at("2027-01-20T09:00:01Z", "2027-01-20T10:00:00Z", 4),
         policy={"window.past_in": "14d", "window.future_in": "60d"},
         want=["crm.create", "skip window_past", "crm.create",
               ("skip window_future", {"due": "2026-11-21T09:00:01Z"})])
    case("window-past-enabled", "P-037",
         "Six calendar months before the user was enabled; the date stands still.",
         at("2026-02-28T00:00:00Z", "2026-02-28T01:00:00Z", 1),
         at("2026-02-27T23:59:59Z", "2026-02-28T01:00:00Z", 2),
         policy={"window.past_in": "enabled-6mo"}, box=mailbox(since="2026-08-31T00:00:00Z"),
         want=["crm.create", "skip window_past"])
    case("window-past-moved", "P-038", "An earlier date lets in what it newly covers.",
         at("2026-02-01T09:00:00Z", "2026-02-01T10:00:00Z", 1),
         policy={"window.past_in": "2026-01-01"}, want="crm.create")
    case("window-future-due", "C-018 C-019 U12",
         "Too far ahead, also when marked; due when its start comes within 60 days.",
         at("2027-03-31T09:00:00Z", "2027-03-31T10:00:00Z", 1, categories=["CRM"]),
         policy={"window.future_in": "60d", "category.mark": "CRM", "select.mode": "combined"},
         want=("skip window_future", {"due": "2027-01-30T09:00:00Z"}))
    case("window-future-months", "O-010 P-040",
         "One month before 31 March there is no 31 February: due on 1 March. Inside ten years: in.",
         at("2027-03-31T09:00:00Z", "2027-03-31T10:00:00Z", 1),
         policy={"window.future_in": "1mo"},
         want=("skip window_future", {"due": "2027-03-01T00:00:00Z"}))
    case("window-future-ten-years", "P-040", "Ten years ahead is in, a second more is not.",
         at("2036-11-21T09:00:00Z", "2036-11-21T10:00:00Z", 1),
         at("2036-11-21T09:00:01Z", "2036-11-21T10:00:00Z", 2),
         policy={"window.future_in": "10y"}, want=["crm.create", "skip window_future"])
    case("window-past-by-end", "I-034",
         "Where past events become activities the end counts: started 31 days ago, ended 30 days ago.",
         at("2026-10-20T09:00:00Z", "2026-10-22T09:00:00Z", 1),
         at("2026-10-20T09:00:00Z", "2026-10-22T08:59:59Z", 2),
         policy={"past.kind": "activity"}, want=["crm.create", "skip window_past"])
    case("window-all-day-midnight", "U19",
         "An all-day event starts at midnight where its owner is: 2026-10-22 in Berlin is "
         "2026-10-21T22:00Z, before the bound 2026-10-22T00:00Z; in Los Angeles it is after it.",
         sections=[(mailbox(zone=zone), [at("2026-10-22", "2026-10-23", n, all_day=True)], {})
                   for n, zone in ((1, "Europe/Berlin"), (2, "America/Los_Angeles"))],
         policy={"window.past_in": "2026-10-22"}, want=["skip window_past", "crm.create"])
    # 8
    case("backfill-created", "I-021",
         "Only what was created after the user was enabled; editing it later does not help.",
         candidate(event("xia", created="2026-02-28T23:59:59Z")),
         candidate(event("xia", id="AAMk2", uid="2", created="2026-03-01T00:00:00Z")),
         policy={"backfill.in": "created"}, want=["skip backfill", "crm.create"])
    case("backfill-touched", "",
         "Older events come in once they are touched.",
         candidate(event("xia", created="2026-01-01T00:00:00Z", modified="2026-02-28T23:59:59Z")),
         candidate(event("xia", id="AAMk2", uid="2", created="2026-01-01T00:00:00Z")),
         policy={"backfill.in": "touched"}, want=["skip backfill", "crm.create"])
    # 9
    private = event("xia", sensitivity="private", subject="Secret", categories=[])
    marked = event("xia", sensitivity="private", subject="Secret", categories=["CRM"])
    case("private-skipped", "P-030 I-020 L8",
         "Not synced in any mode; the record says so without subject and address.",
         candidate(private), candidate(marked),
         policy={"private.mode": "skip", "category.mark": "CRM", "select.mode": "combined"},
         want=[("skip private", {"why": {"rule": "private", "evidence": None,
                                         "policy": "private.mode = skip"}}),
               "skip private"])
    case("private-manual", "C-012 C-050", "Only when marked.", candidate(private), candidate(marked),
         policy={"private.mode": "manual", "category.mark": "CRM", "select.mode": "combined"},
         want=["skip private", ("crm.create", {"set": {"sensitivity": "private"}})])
    case("private-full", "O-029 S-007", "As any other; the evidence still names nobody.",
         candidate(private), policy={"private.mode": "full"},
         want=("crm.create", {"set": {"sensitivity": "private", "subject": "Secret"},
                              "why": {"evidence": "matched a contact"}}))
    case("private-no-attendees", "P-029 P-055", "Private in the CRM, without the people.",
         candidate(private), policy={"private.mode": "no_attendees"},
         want=("crm.create", {"set": {"sensitivity": "private"},
                              "attendees": {"add": [], "remove": [], "change": []}}))
    case("private-is-read-weakly", "P-087",
         "Personal and confidential count as private.",
         candidate(event("xia", sensitivity="personal")),
         candidate(event("xia", sensitivity="confidential")),
         want=["skip private", "skip private"])
    case("private-contact", "I-043", "One private contact keeps the whole event out.",
         candidate(event("xia", "pia")), want="skip private_contact")
    case("private-contact-not-refused", "", "Unless the firm does not mind.",
         candidate(event("xia", "pia")), policy={"refuse": "draft"}, want="crm.create")
    # 10
    member = {"kind": "occurrence", "master": "AAMkM", "original_date": "2026-11-24"}
    moved = {"kind": "exception", "master": "AAMkM", "original_date": "2026-11-24"}
    master = {"kind": "master", "master": None, "original_date": None}
    case("recurring-skipped", "I-027 C-010 SC-29",
         "Master, occurrence and exception alike.",
         *[candidate(event("xia", series=s, recurrence_text="Weekly on Tue")) for s in
           (master, member, moved)],
         policy={"recurring.mode": "skip"}, want=["skip recurring"] * 3)
    day = dict(start="2026-11-24", end="2026-11-25", all_day=True)
    case("recurring-all-day", "C-067", "Repeating all-day events are refused, single ones are not.",
         candidate(event("xia", series=member, **day)), candidate(event("xia", **day)),
         policy={"refuse": "recurring_allday"}, want=["skip recurring_allday error", "crm.create"])
    case("too-long", "C-005", "24 hours are allowed, a second more is not; two days are not.",
         at("2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z", 1),
         at("2026-11-24T09:00:00Z", "2026-11-25T09:00:01Z", 2),
         at("2026-11-24", "2026-11-26", 3, all_day=True),
         policy={"refuse": "longer:24h"},
         want=["crm.create", "skip too_long error", "skip too_long error"])
    case("too-long-clock-change", "C-005",
         "The day on which clocks go back has 25 hours and is still one day.",
         at("2026-10-25", "2026-10-26", 1, all_day=True),
         policy={"refuse": "longer:24h"}, want="crm.create")
    # 11
    case("organizer-external", "I-013",
         "Organized outside the firm: no. By a colleague who is no CRM user: yes, and Ann owns it.",
         candidate(event("ann", "xia", organizer="zed")),
         candidate(event("ann", "xia", organizer="dee", id="AAMk2", uid="2")),
         policy={"organizer.mode": "firm"},
         want=[("skip organizer_external", {"why": {"evidence": "organized by zed@nowhere.test"}}),
               ("crm.create", {"owner": "1"})])
    case("waiting-organizer", "C-057",
         "Bob is a CRM user and organizes; Ann's copy waits for his account. Cy has none to wait for.",
         candidate(event("ann", "xia", organizer="bob")),
         candidate(event("ann", "xia", organizer="cy", id="AAMk2", uid="2")),
         policy={"organizer.mode": "wait"},
         want=[("skip waiting_organizer", {"waits_account": 2}),
               ("skip waiting_organizer", {"waits_account": None})])
    # 12 and 13
    mark = {"select.mode": "manual", "category.mark": "CRM"}
    case("not-marked", "I-055", "Manual: without the category nothing comes in.",
         candidate(event("val")), policy=mark, want="skip not_marked")
    case("marked", "I-055 I-056",
         "With it, it does; with unmatched.mode=manual also when nobody matches.",
         candidate(event("val", categories=["CRM"])),
         candidate(event("zed", categories=["CRM"], id="AAMk2", uid="2")),
         policy={**mark, "unmatched.mode": "manual"},
         want=[("crm.create", {"why": {"evidence": "marked", "policy": "category.mark = CRM"}}),
               ("crm.create", {"attendees": {"add": []}})])
    case("not-organizer", "I-057 I-065",
         "Only the organizer's mark counts: Bob's on his copy of Cy's meeting does not.",
         candidate(event("bob", "xia", organizer="cy", mailbox="bob", categories=["CRM"])),
         candidate(event("xia", categories=["CRM"], id="AAMk2", uid="2")),
         policy={**mark, "select.manual_by": "organizer"}, box=mailbox("ann"),
         want=["skip not_organizer", "crm.create"])
    case("marked-combined", "C-023 I-058",
         "By rule or by mark: blocked but marked comes in, so does what the rule takes.",
         candidate(event("zed", "xia", categories=["CRM"])),
         candidate(event("zed", "xia", id="AAMk2", uid="2")),
         candidate(event("xia", id="AAMk3", uid="3")),
         policy={**mark, "select.mode": "combined", "select.block": "@nowhere.test"},
         want=["crm.create", "skip blocked", "crm.create"])
    case("marked-but", "I-060 I-063",
         "A mark does not go over private, recurring, backfill and the window.",
         candidate(event("xia", categories=["CRM"], sensitivity="private")),
         candidate(event("xia", categories=["CRM"], series=member)),
         candidate(event("xia", categories=["CRM"], created="2026-01-01T00:00:00Z")),
         candidate(event("xia", categories=["CRM"], start="2028-01-01T09:00:00Z",
                         end="2028-01-01T10:00:00Z")),
         policy={**mark, "recurring.mode": "skip", "backfill.in": "created"},
         want=["skip private", "skip recurring", "skip backfill", "skip window_future"])
    # 14
    case("kind-off", "C-006 C-007",
         "Meetings and appointments are chosen separately.",
         candidate(event("xia")), candidate(event(id="AAMk2", uid="2")),
         policy={"select.auto": "appointment", "unmatched.mode": "sync"},
         want=["skip kind_off", "crm.create"])
    case("kind-off-appointment", "C-007", "And the other way round.",
         candidate(event("xia")), candidate(event(id="AAMk2", uid="2")),
         policy={"select.auto": "meeting", "unmatched.mode": "sync"},
         want=["crm.create", "skip kind_off"])
    case("not-accepted", "C-008 C-009",
         "Unanswered and declined stay out, accepted and tentative come in.",
         *[candidate(event("ann", organizer="xia", response=r, id=f"AAMk{n}", uid=str(n), subject=r))
           for n, r in enumerate(("none", "declined", "tentativelyAccepted", "accepted"))],
         policy={"select.response": "accepted"},
         want=["skip not_accepted", "skip not_accepted", "crm.create", "crm.create"])
    case("accepted-by-organizing", "", "An organizer has nothing to accept, nor has somebody alone.",
         candidate(XIA), candidate(event(response="none", id="AAMk2", uid="2")),
         policy={"select.response": "accepted", "unmatched.mode": "sync"},
         want=["crm.create", "crm.create"])
    # 15
    case("blocked", "C-015", "By address, domain, category and word; a mark goes over it.",
         candidate(event("xia", "zed")), candidate(event("xia", "val")),
         candidate(event("xia", categories=["Personal"])),
         candidate(event("xia", subject="At the dentist, 10:00")),
         candidate(event("xia", subject="Dentistry conference", id="AAMk5", uid="5")),
         candidate(event("xia", subject="Dentist", categories=["CRM"], id="AAMk6", uid="6")),
         policy={"select.block": "zed@nowhere.test, @vendor.test, category:personal, subject:Dentist",
                 "select.mode": "combined", "category.mark": "CRM"},
         want=["skip blocked"] * 4 + ["crm.create", "crm.create"])
    # 16
    case("internal", "P-021 P-023", "Everybody on it is a CRM user.",
         candidate(event("bob", "cy")),
         want=("skip internal", {"why": {"evidence": "2 people, 2 known"}, "waits": []}))
    case("internal-synced", "P-022 C-029", "Let in, it needs no contact.",
         candidate(event("bob", "cy")), policy={"internal.mode": "sync"},
         want=("crm.create", {"why": {"policy": "internal.mode = sync"}}))
    case("internal-manual", "C-013 C-028", "Only when marked; then it needs no contact either.",
         candidate(event("bob")), candidate(event("bob", categories=["CRM"])),
         policy={"internal.mode": "manual", "category.mark": "CRM", "select.mode": "combined"},
         want=["skip internal", "crm.create"])
    case("internal-colleague", "P-021 SC-11",
         "Dee is no CRM user: not internal. She is no contact: unmatched.",
         candidate(event("bob", "dee")),
         want=("skip unmatched", {"waits": [digest("dee@firm.test")]}))
    case("internal-by-domains", "C-027",
         "By domain Dee is one of us, and a CRM user of another domain is not.",
         candidate(event("bob", "dee")),
         candidate(event({**person("bob"), "address": "bob@other.test"}, id="AAMk2", uid="2"),
                   known=[{"address": "bob@other.test", "user": "2", "account": 2, "synced": True}]),
         policy={"internal.by": "domains"}, want=["skip internal", "skip unmatched"])
    case("alone-is-unmatched", "P-023", "Somebody alone is not internal.",
         candidate(event()), want=("skip unmatched", {"why": {"evidence": "0 people, 0 known"}}))
    case("type-not-selected", "I-039 I-040",
         "One contact of a selected type is enough; with none it stays out.",
         candidate(event("xia", "val")), candidate(event("val", "zed", id="AAMk2", uid="2")),
         policy={"select.types": "Client, Prospect"},
         want=["crm.create", ("skip type_not_selected", {"waits": [digest("zed@nowhere.test")]})])
    case("type-left-out", "I-040",
         "All but own personnel: a meeting with Bob alone, who is one, stays out.",
         candidate(event("bob"), also={"bob": "Our Personnel"}),
         candidate(event("bob", "xia", id="AAMk2", uid="2"), also={"bob": "Our Personnel"}),
         policy={"select.types": "all, !Our Personnel", "internal.mode": "sync"},
         want=["skip type_not_selected", "crm.create"])
    # 17
    case("unmatched", "P-034 C-030 SC-10",
         "Nobody on it is a contact. It waits for the address to become known.",
         candidate(ZED), want=("skip unmatched", {
             "new": True, "waits": [digest("zed@nowhere.test")], "due": None,
             "why": {"evidence": "the CRM has no record of zed@nowhere.test: "
                                 "make one, and the event comes in",
                     "policy": "unmatched.mode = skip"}}))
    crowd = [{"address": f"p{n}@else.test", "name": "P", "role": "required", "response": "none"}
             for n in range(7)]
    case("unmatched-names", "C-045 L8",
         "Whom to make a record of: colleagues without one, too, of a crowd the first; and of a "
         "private event nobody is named.",
         candidate(event("dee", "bob")), candidate(event(*crowd, id="AAMk2", uid="2")),
         candidate(event("zed", id="AAMk3", uid="3", sensitivity="private")),
         policy={"internal.mode": "sync", "private.mode": "full"},
         want=[("skip unmatched", {"why": {"evidence": e}}) for e in (
             "the CRM has no record of dee@firm.test: make one, and the event comes in",
             "the CRM has no record of p0@else.test, p1@else.test, p2@else.test, p3@else.test, "
             "p4@else.test and 2 more: make one, and the event comes in",
             "1 person, 0 known")])
    case("unmatched-again", "U11", "Looked at again with the same answer: not new. Another reason: new.",
         candidate(ZED, seen={"reason": "unmatched", "digest": ZED["digest"]}, again="waits"),
         candidate(ZED, seen={"reason": "draft", "digest": ZED["digest"]}),
         want=["skip unmatched known", "skip unmatched"])
    case("unmatched-becomes-known", "C-031 P-034 SC-10",
         "A contact was made; Graph has not changed; the event comes in.",
         candidate(ZED, known=[
             {"address": "ann@firm.test", "user": "1", "account": 1, "synced": True},
             {"address": "zed@nowhere.test", "person": "contact", "id": "77", "name": "Zed",
              "type": "Client", "private": False}],
             seen={"reason": "unmatched", "digest": ZED["digest"]}, again="waits"),
         want=("crm.create", {"why": {"evidence": "matched zed@nowhere.test"}}))
    def by_field(**fields):
        """Xia and Cy, known by these fields of the CRM."""
        known = [{"address": "xia@client.test", "person": "contact", "id": "7",
                  "name": "Xia (CRM)", "type": "Client", "private": False},
                 {"address": "cy@firm.test", "user": "3", "account": 3, "synced": False}]
        for entry, who in zip(known, ("xia", "cy")):
            entry.update({"field": fields[who]} if who in fields else {})
        return candidate(event("xia", "cy", id="AAMk" + "".join(fields), uid="".join(fields),
                               subject="".join(fields)),
                         known=known)

    def with_people(*ids):
        return ("crm.create", {"attendees": {"remove": [], "change": [], "add": [
            crm_id(i) for i in ids]}})
    case("match-by-field", "P-061",
         "As delivered only the first address counts: a contact who is known by another one is "
         "unknown, and so is a user.",
         by_field(xia="alt_email"), by_field(cy="email2"),
         want=["skip unmatched", with_people("7")])
    case("match-by-more-fields", "P-061 O-063", "Policy may name further fields.",
         by_field(xia="alt_email"), by_field(cy="email2"),
         policy={"match.contact_by": "email, alt_email", "match.user_by": "email, email2"},
         want=[with_people("3", "7"), with_people("3", "7")])
    case("unmatched-synced", "P-033", "A firm that wants them gets them, without relations.",
         candidate(ZED), policy={"unmatched.mode": "sync"},
         want=("crm.create", {"attendees": {"add": []}, "waits": [digest("zed@nowhere.test")]}))
    case("unmatched-user-is-no-match", "P-034", "CRM users do not count as a match, contacts do.",
         candidate(event("bob", "zed")), want="skip unmatched")
    # 18
    case("missing-fields", "C-041", "Required fields are asked of Graph: no subject, no place.",
         candidate(event("xia", subject="", location="")),
         policy={"fields.required": "subject, location, start"},
         want=("skip missing_fields error", {"why": {"evidence": "missing: location, subject"}}))
    case("missing-end", "", "An event that ends before it starts is refused.",
         candidate(event("xia", end="2026-11-24T08:59:59Z")),
         want=("skip missing_fields error", {"why": {"evidence": "missing: end"}}))
    case("removed-unlinked", "", "Gone before it ever came in.",
         {"type": "candidate", "id": "AAMk1", "removed": {"proof": "404"}, "link": None,
          "base": None, "crm": None, "crm_digest": None, "who": [], "rooms": [], "seen": None},
         want="skip removed")
    case("gates-in-order", "",
         "An event that fails several gates gets the reason of the first.",
         candidate(event("zed", draft=True, zone=None, sensitivity="private",
                         start="2020-01-01T09:00:00Z", end="2020-01-01T10:00:00Z")),
         candidate(event("zed", zone=None, sensitivity="private",
                         start="2020-01-01T09:00:00Z", end="2020-01-01T10:00:00Z")),
         candidate(event("zed", sensitivity="private", start="2020-01-01T09:00:00Z",
                         end="2020-01-01T10:00:00Z")),
         candidate(event("zed", sensitivity="private")), candidate(event("zed")),
         want=["skip draft", "skip timezone error", "skip window_past", "skip private",
               "skip unmatched"])
