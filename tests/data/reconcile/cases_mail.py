"""Mail: whom a write mails in both models, what may go, and what is held."""
from world import candidate, changed, event, mailbox, run, removed
from world_out import ADDRESS, OUT, edited, made, member, pitch

E1 = event("xia", "yan")
HALL = {"location": "Hall"}
PAST = {"start": "2026-11-20T09:00:00Z", "end": "2026-11-20T10:00:00Z"}
BOTH_MAILED = ["xia@client.test", "yan@client.test"]


def add(case):
    def models(name, ids, text, record, strict, paranoid):
        for model, mail in (("strict", strict), ("paranoid", paranoid)):
            case(f"mail-{name}-{model}", ids, f"{text} By the {model} model.", record,
                 policy={**OUT, "mail.model": model, "attendees.trigger": "yes",
                         "delete.to_graph": "delete", "category.mark": "Salesforce"},
                 want=[(None, {"mail": mail})])

    models("post", "U14 L3", "A new meeting mails all who are on it.", made(pitch("xia", "yan")),
           BOTH_MAILED, BOTH_MAILED)
    models("field", "U14 L3 P-011", "The place concerns all who are on it.", edited(E1, crm=HALL),
           BOTH_MAILED, BOTH_MAILED)
    models("own", "U14 L3 F032", "Reminder and show-as are the user's own.",
           edited(E1, crm={"reminder": 30, "show_as": "free"}), [], BOTH_MAILED)
    models("people", "U14 L3 F025", "One more, one fewer.",
           edited(E1, crm={"attendees": [member("xia"), member("val")]}),
           ["val@vendor.test", "yan@client.test"],
           ["val@vendor.test", "xia@client.test", "yan@client.test"])
    models("people-and-field", "U14 L3", "The list and the reminder in one write concern all.",
           edited(E1, crm={"attendees": [member("xia"), member("val")], "reminder": 30}),
           ["val@vendor.test"] + BOTH_MAILED, ["val@vendor.test"] + BOTH_MAILED)
    models("delete", "U14 L3 P-012", "Deleted: all get a cancellation.",
           edited(E1, crm={"deleted": True}), BOTH_MAILED, BOTH_MAILED)
    models("alone", "L3 P-013", "Nobody else is on it.", edited(event(), crm=HALL), [], [])
    # gates
    first = mailbox("ann", first=True)
    case("mail-first-run", "F002 P-002 SC-14 L3",
         "A mailbox's first section writes nothing to Graph. What it would have done is listed, due "
         "at once, and nothing is acknowledged.",
         sections=[(first, [made(pitch("xia", "yan")), edited(E1, crm=HALL),
                            edited(event("xia", id="AAMk2", **PAST), crm={"deleted": True})], {})],
         policy={**OUT, "delete.to_graph": "delete"},
         want=[("skip first_run", {"id": "AAMk2", "why": {"evidence": "graph.delete, 1 mail"}}),
               ("skip first_run", {"crm_id": "102", "due": "2026-11-21T09:00:00Z",
                                   "changes": "absent",
                                   "why": {"evidence": "graph.create, 2 mails"}}),
               ("skip first_run", {"id": "AAMk1", "crm_id": "101",
                                   "why": {"evidence": "graph.update, 2 mails"}})])
    case("mail-past", "F019 F045 L3",
         "Over, with people on it: no write and no cancellation. Without people it is written.",
         edited(event("xia", **PAST), crm=HALL),
         edited(event("xia", id="AAMk2", **PAST), crm={"deleted": True}),
         edited(event(id="AAMk3", **PAST), crm=HALL),
         policy={**OUT, "delete.to_graph": "delete"},
         want=[("hold past graph.update location", {"id": "AAMk1", "why": {
             "policy": "mail.past = no"}}),
               ("hold past graph.delete", {"id": "AAMk2"}),
               ("graph.update location", {"id": "AAMk3"})])
    case("mail-past-own", "F019", "Also what is the user's own: it is a write to such a meeting.",
         edited(event("xia", **PAST), crm={"reminder": 30}), policy=OUT,
         want="hold past graph.update reminder")
    case("mail-past-allowed", "", "Policy lets it.",
         edited(event("xia", **PAST), crm=HALL), policy={**OUT, "mail.past": "yes"},
         want="graph.update location")
    case("mail-past-moved", "F019", "Moved into the past by the CRM: held as well.",
         edited(event("xia"), crm={**PAST, "reminder": 15}), policy=OUT,
         want="hold past graph.update start,end,zone,all_day")
    case("mail-past-series", "", "A series is never over.",
         edited(event("xia", recurrence="FREQ=WEEKLY", **PAST,
                      series={"kind": "master", "master": None, "original_date": None}), crm=HALL),
         policy={**OUT, "recurring.mode": "series"}, want="graph.update location")
    case("mail-generation", "F059 L2",
         "These tables were restored from elsewhere: deletions are held, and nothing else.",
         edited(event("xia"), crm={"deleted": True}),
         edited(event("xia", id="AAMk2"), crm=HALL),
         run={"generation": "changed"}, policy={**OUT, "delete.to_graph": "delete"},
         want=[("hold delete_max graph.delete", {"why": {"rule": "generation"}}),
               "graph.update location"])
    case("mail-allow-users", "P-011 O-060 SC-05",
         "Users may be mailed: Bob is, and Xia and Yan are not; the op is held whole.",
         edited(event("bob", "xia", "yan"), crm=HALL),
         edited(event("bob", id="AAMk2"), crm=HALL), policy={**OUT, "mail.allow": "users"},
         want=[("hold mail_held graph.update location", {
             "id": "AAMk1", "crm_id": "101", "meeting": 12, "mail": [], "changes": "absent",
             "held": {"op": "graph.update", "fields": ["location"],
                      "mail": ["bob@firm.test"] + BOTH_MAILED},
             "why": {"rule": "mail.allow", "policy": "mail.allow = users",
                     "evidence": "blocked: xia@client.test, yan@client.test"}}),
               ("graph.update location", {"id": "AAMk2", "mail": ["bob@firm.test"]})])
    case("mail-allow-none", "P-013 O-060 SC-47",
         "Nobody may be mailed: without people it goes out, with people it is held.",
         made(pitch()), made(pitch("bob", crm_id="103")), policy={**OUT, "mail.allow": "none"},
         want=["graph.create", ("hold mail_held graph.create subject,body,start,end,zone,all_day,"
                                "location,show_as,sensitivity,reminder,attendees",
                                {"id": None, "crm_id": "103", "meeting": None})])
    case("mail-private", "L8", "Of a private event only the number is told.",
         edited(event("xia", sensitivity="private"), crm=HALL), policy={**OUT, "mail.allow": "none"},
         want=("hold mail_held graph.update location", {"why": {"evidence": "blocked: 1"}}))
    # holds
    digest = held_digest(edited(E1, crm=HALL))

    def held(released, reason="mail_held", d=digest):
        return {"holds": [{"id": 3, "digest": d, "reason": reason, "released": released}]}

    NONE = {**OUT, "mail.allow": "none"}
    case("mail-held-again", "U14 L1", "The same hold is open: it is not written again.",
         edited(E1, crm=HALL, **held(False)), policy=NONE,
         want=("skip mail_held known", {"crm_id": "101", "changes": "absent",
                                        "why": {"evidence": "blocked: xia@client.test, "
                                                            "yan@client.test"}}))
    case("mail-held-released", "U14",
         "It was released: the op passes with its id, and the budgets do not hold it.",
         edited(E1, crm=HALL, **held(True)), policy={**NONE, "mail.per_run": "0"},
         want=("graph.update location", {"hold": 3, "limits": {"run": None},
                                         "mail": BOTH_MAILED, "changes": [12]}))
    case("mail-held-changed", "U14", "Another op than the released one: held anew.",
         edited(E1, crm=HALL, **held(True, d="0" * 32)), policy=NONE,
         want="hold mail_held graph.update location")
    case("mail-held-past-released", "F019", "A released write to what is over passes.",
         edited(event("xia", **PAST), crm=HALL, holds=[
             {"id": 4, "digest": held_digest(edited(event("xia", **PAST), crm=HALL)),
              "reason": "past", "released": True}]),
         policy=OUT, want=("graph.update location", {"hold": 4}))
    case("mail-held-first", "L3", "In a first section a release does not help.",
         sections=[(first, [edited(E1, crm=HALL, **held(True))], {})], policy=NONE,
         want="skip first_run")
    case("mail-held-no-more", "U14", "Policy lets it now: it passes without a release.",
         edited(E1, crm=HALL, **held(False)), policy=OUT,
         want=("graph.update location", {"hold": None}))
    case("mail-held-other-reason", "U14 U11",
         "The same op is held for another reason now: said, not written again.",
         edited(E1, crm=HALL, **held(False, "past")), policy=NONE,
         want=("skip mail_held", {"new": True}))
    # budgets
    five = [made(pitch("xia", "yan", crm_id=str(n), start=f"2026-11-2{n}T09:00:00Z",
                       end=f"2026-11-2{n}T10:00:00Z")) for n in (6, 2, 5, 3, 4)]

    def crm_ids(*numbers):
        return [(None, {"op": "graph.create" if n > 0 else "hold", "crm_id": str(abs(n))})
                for n in numbers]

    case("mail-per-run", "F034 L3",
         "Five of two mails each and a budget of six: the first three by start go, two are held.",
         *five, policy={**OUT, "mail.per_run": "6"}, want=crm_ids(2, 3, 4, -5, -6))
    case("mail-per-run-spent", "L3", "Two were spent by an earlier part of the run.",
         *five, policy={**OUT, "mail.per_run": "6"}, run={"spent": {"mails": 2}},
         want=crm_ids(2, 3, -4, -5, -6))
    case("mail-per-run-smaller", "L3", "What is too large is held; a smaller one behind it goes.",
         made(pitch("xia", "yan", "val", crm_id="2", start="2026-11-22T09:00:00Z")),
         made(pitch("xia", crm_id="3", start="2026-11-23T09:00:00Z")),
         policy={**OUT, "mail.per_run": "2"}, want=crm_ids(-2, 3))
    case("mail-per-mailbox", "L3", "By mailbox: each has its own.",
         sections=[(mailbox("ann"), five[:2], {}),
                   (mailbox("bob"), [made(pitch("xia", "yan", crm_id="7", owner="2"),
                                          owner_account=2)], {})],
         policy={**OUT, "mail.per_mailbox": "3"}, want=crm_ids(2, -6, 7))
    case("mail-per-person", "F035 L3",
         "Xia has had one today and may have three: two go, over all mailboxes.",
         sections=[(mailbox("ann"), [made(pitch("xia", crm_id=str(n),
                                                start=f"2026-11-2{n}T09:00:00Z"),
                                          spent={"xia@client.test": 1, "yan@client.test": 9})
                                     for n in (2, 3, 4)], {}),
                   (mailbox("bob"), [made(pitch("xia", crm_id="7", owner="2"), owner_account=2,
                                          spent={"xia@client.test": 1}),
                                     made(pitch("val", crm_id="8", owner="2"), owner_account=2)],
                    {})],
         policy={**OUT, "mail.per_person": "3"},
         want=[(None, {"op": "graph.create", "crm_id": "2"}),
               (None, {"op": "graph.create", "crm_id": "3"}),
               (None, {"op": "hold", "crm_id": "4", "why": {"rule": "mail.per_person"}}),
               (None, {"op": "hold", "crm_id": "7"}),
               (None, {"op": "graph.create", "crm_id": "8"})])
    case("mail-no-budget-needed", "L3", "A budget of 0 stops nothing that mails nobody.",
         made(pitch()), policy={**OUT, "mail.per_run": "0", "mail.per_person": "0",
                                "mail.per_mailbox": "0"}, want="graph.create")
    case("mail-unlimited", "L3", "Unlimited is no limit, and is told so.",
         made(pitch("xia")), policy={**OUT, "mail.per_run": "unlimited",
                                     "mail.per_mailbox": "unlimited",
                                     "mail.per_person": "unlimited"},
         want=("graph.create +xia@client.test",
               {"limits": {"run": None, "mailbox": None, "person": None}}))
    # deletions
    DELETE = {**OUT, "delete.to_graph": "delete", "delete.to_crm": "delete"}

    def gone(n):
        return edited(event("xia", id=f"AAMk{n}", uid=f"0400{n}"), crm={"deleted": True},
                      state={"meeting": n})

    case("out-delete-max", "F058 L2",
         "More deletions than are allowed, on both sides together: none of them is done.",
         *[gone(n) for n in range(1, 4)],
         *[removed(event(id=f"AAMk{n}", uid=f"0400{n}"), state={"meeting": n})
           for n in range(4, 7)], policy=DELETE,
         want=["skip delete_max error"] * 3 + ["hold delete_max graph.delete"] * 3)
    case("out-delete-max-held", "L2", "What is held anyway does not count.",
         *[gone(n) for n in range(1, 7)], policy={**DELETE, "mail.allow": "none"},
         want=["hold mail_held graph.delete"] * 6)
    case("out-delete-max-day", "F041 L2", "Eight were done today: three more are too many.",
         sections=[(mailbox("ann", spent={"deletes": 8}),
                    [gone(1), gone(2), removed(event(id="AAMk3", uid="04003"))], {}),
                   (mailbox("ann", spent={"deletes": 8}),
                    [gone(4), removed(event(id="AAMk5", uid="04005"))], {})], policy=DELETE,
         want=[(what, {"why": {
             "policy": "delete.max_day = 10, 20%",
             "evidence": "3 deletions after 8, 10 allowed"}})
               for what in ["skip delete_max error"] + ["hold delete_max graph.delete"] * 2] +
              ["crm.delete delete", "graph.delete"])
    later = {"start": "2026-11-24T10:00:00Z", "end": "2026-11-24T11:00:00Z"}
    shift = mailbox(shifts=[-7200, 3600])
    case("out-equal-shifts", "F116",
         "Many events of the CRM moved by an hour: what moves so is held, also when only a few are "
         "left of them; another time, another field and an event without guests go out.",
         edited(E1, crm=later),
         edited(event("xia", id="AAMk2", uid="2"), crm={**later, "end": "2026-11-24T12:00:00Z",
                                                        "start": "2026-11-24T11:00:00Z"}),
         edited(event("xia", id="AAMk3", uid="3"), crm=HALL),
         edited(event(id="AAMk4", uid="4"), crm=later), policy=OUT, box=shift,
         want=[("hold equal_shifts graph.update start,end,zone,all_day", {"id": "AAMk1"}),
               ("graph.update start,end,zone,all_day", {"id": "AAMk2"}),
               ("graph.update location", {"id": "AAMk3"}),
               ("graph.update start,end,zone,all_day", {"id": "AAMk4"})])
    # order
    case("out-order", "U13", "By start, then by id; what goes into the CRM does not wait.",
         edited(event(id="AAMk3", uid="3", start="2026-11-24T08:00:00Z"), crm=HALL),
         edited(event(id="AAMk2", uid="2"), crm=HALL),
         made(pitch(crm_id="105", start="2026-11-23T09:00:00Z")),
         edited(event(id="AAMk1", uid="1"), crm=HALL),
         candidate(event("xia", id="AAMk9", uid="9")), policy=OUT,
         want=["crm.create", ("graph.create", {"crm_id": "105"}),
               ("graph.update location", {"id": "AAMk3"}),
               ("graph.update location", {"id": "AAMk1"}),
               ("graph.update location", {"id": "AAMk2"})])
    case("out-page-mark", "L2",
         "A page mark passes a Graph event whose write is kept: a skip stands for it, and the op "
         "follows at the end. A CRM event has its change.",
         edited(E1, crm=HALL), made(pitch()), {"type": "page", "resume": "https://x",
                                               "window": {"start": "2026-10-22T00:00:00Z",
                                                          "end": "2027-11-22T00:00:00Z"},
                                               "round": "2026-11-21T09:00:00Z"},
         policy=OUT, want=[("skip incomplete", {"id": "AAMk1"}),
                           ("graph.create", {"crm_id": "102"}),
                           ("graph.update location", {"id": "AAMk1"})])


def held_digest(record):
    """What docs/stream.md says: of op, set, attendees, categories and mail."""
    from world import digest, dumps
    mail = sorted(p["address"] for p in record["event"]["attendees"])
    return digest(dumps({"op": "graph.update", "set": {"location": "Hall"}, "attendees": None,
                         "categories": None, "mail": mail}))
