"""Public calendars: here Ann is a group, in whose calendar each write mails everybody.
Bob's sign-in is used, so Graph puts him on what is made there, beside the group."""
import world
from world import ADDRESS, candidate, event, linked, mailbox, name
from world_out import OUT, edited, made, pitch, relation

GROUP = {"graph_user": "groups/5a1e"}
SELF = {"address": "ann@firm.test", "name": "Ann", "role": "required", "response": "none"}
MAILED = ["bob@firm.test", "dee@firm.test"]


def own(*people, writer="bob", **spent):
    """As fetch and match tell: with whom the CRM knows as a user."""
    members = []
    for p in people:
        m = {"address": ADDRESS[p], "name": name(p)}
        if p in world.USERS:
            m["user"] = world.USERS[p][0]
        if p in spent:
            m["spent"] = spent[p]
        members.append(m)
    return {"type": "group", "address": "ann@firm.test", "own": True, "members": members,
            "writer": ADDRESS[writer]}


UNKNOWN = {"type": "group", "address": "ann@firm.test", "own": True, "members": None}
ALL = own("bob", "dee")


def add(case):
    def public(n, ids, text, *records, want, policy=None, box=None, **more):
        case("public-" + n, ids, text,
             sections=[(mailbox("ann", **{**GROUP, **(box or {})}), list(records), {})],
             policy={**OUT, "attendees.to_graph": "none", "direction.public": "both",
                     **(policy or {})}, want=want, **more)

    public("create", "C-022 SC-43 L3",
           "What is made in the group's calendar has the calendar's category and no other mark, no "
           "reminder, and mails everybody in the group; it is noted whom Graph puts on it.",
           ALL, made(pitch("xia")), box={"category": "Fairs"},
           policy={"category.mark": "Salesforce", "category.write": "mark, status"},
           want=("graph.create", {
               "set": {"categories": ["Fairs"], "reminder": "absent", "subject": "Pitch"},
               "colors": "absent", "attendees": {"add": [], "remove": []}, "mail": MAILED,
               "base": {"graph": {"added": ["bob@firm.test"], "categories": ["Fairs"]}}}))
    public("create-plain", "", "Without a category it has none. Who is invited is no addition of Graph's.",
           ALL, made(pitch("bob", "xia")), policy={"attendees.to_graph": "all"},
           want=("graph.create +bob@firm.test +xia@client.test", {
               "set": {"categories": "absent"}, "mail": MAILED + ["xia@client.test"],
               "base": {"graph": {"added": "absent"}}}))
    public("unknown", "L3", "It is not known who is in the group: held, and it says why.",
           UNKNOWN, made(pitch()),
           want=("hold mail_held graph.create " + ",".join(
               k for k in ("subject", "body", "start", "end", "zone", "all_day", "location",
                           "show_as", "sensitivity", "attendees")),
                 {"held": {"mail": []}, "why": {
                     "rule": "direction.public", "policy": "direction.public = both",
                     "evidence": "it is not known who is in the group"}}))
    public("not-told", "L3", "Nobody has told: the same.", made(pitch()),
           want=(None, {"op": "hold", "reason": "mail_held",
                        "why": {"rule": "direction.public"}}))
    public("nobody", "", "A group of nobody but the one who writes mails them.",
           own("bob"), made(pitch()), want=("graph.create", {"mail": ["bob@firm.test"]}))
    public("allow-users", "L3", "Only users may be mailed: Dee is none.",
           ALL, made(pitch()), policy={"mail.allow": "users"},
           want=(None, {"op": "hold", "reason": "mail_held",
                        "why": {"evidence": "blocked: dee@firm.test"}}))
    public("allow-users-all", "L3", "All of them are.",
           own("bob", "cy"), made(pitch()), policy={"mail.allow": "users"},
           want=("graph.create", {"mail": ["bob@firm.test", "cy@firm.test"]}))
    public("per-person", "L3", "What they got in 24 hours counts.",
           own("bob", "dee", dee=20), made(pitch()),
           want=(None, {"op": "hold", "reason": "mail_held", "why": {"rule": "mail.per_person"}}))
    public("per-run", "L3", "The run's number counts each of them.",
           ALL, made(pitch()), policy={"mail.per_run": "1"},
           want=(None, {"op": "hold", "why": {"rule": "mail.per_run"}}))
    public("first", "L3", "The first section writes nothing.", ALL, made(pitch()),
           box={"first": True}, want="skip first_run")
    public("past", "L3", "What is over mails nobody, although nobody was invited.",
           ALL, made(pitch(start="2026-11-20T09:00:00Z", end="2026-11-20T10:00:00Z")),
           policy={"window.past_out": "30d"}, want=(None, {"op": "hold", "reason": "past"}))
    public("one-way", "C-021", "To the CRM only: nothing goes out.", ALL, made(pitch()),
           policy={"direction.events": "to_crm", "direction.public": "to_crm"},
           want=("skip direction", {"why": {"policy": "direction.public = to_crm"}}))

    # Afterwards.  The event as it comes back: the group and Bob are on it.
    e = event(SELF, "bob", "xia", reminder=None)
    born = {"state": {"born": "crm"}, "base": {"added": ["bob@firm.test"], "relations": [
        {"person": "contact", "id": "7", "role": "required", "response": "none"}]}}
    was = {"base_crm": {"attendees": [p for p in world.crm_people(e, world.who(e))
                                      if p["id"] == "7"]}}
    public("comes-back", "L1 L7", "Neither the group nor Bob is anybody's guest.",
           ALL, linked(e, {**e, "etag": 'W/"2"'}, **born, **was), want="skip unchanged")
    public("renamed", "L1 L7", "An edit in Outlook brings what was edited, and no people.",
           ALL, linked(e, world.changed(e, subject="Fair"), **born, **was),
           want=("crm.update subject", {"base": {"graph": {"added": ["bob@firm.test"]}}}))
    public("guest-removed", "", "Who was invited and is gone leaves the CRM; Bob was never there.",
           ALL, linked(e, world.changed(e, attendees=[SELF]), **born, **was),
           want="crm.update -xia@client.test")
    public("edited", "L3",
           "An edit in the CRM mails who is on it and everybody in the group; who is both, once.",
           ALL, edited(e, crm={"location": "Hall 3"}, **born, **was),
           want=("graph.update location", {
               "mail": MAILED + ["xia@client.test"],
               "base": {"graph": {"added": ["bob@firm.test"]}}}))
    public("writer-changed", "L1",
           "Another one signs in: they are noted too, if Graph puts them on it (apply looks).",
           own("bob", "cy", writer="cy"), edited(e, crm={"location": "Hall 3"}, **born, **was),
           want=("graph.update location", {
               "base": {"graph": {"added": ["bob@firm.test", "cy@firm.test"]}}}))
    public("own-fields", "L3", "How it is shown is nobody's own here: it mails as all else.",
           ALL, edited(e, crm={"show_as": "free"}, **born, **was),
           want=("graph.update show_as", {"mail": MAILED + ["xia@client.test"]}))
    public("reminder", "", "Groups have no reminders: an edit of one goes nowhere.",
           ALL, edited(e, crm={"reminder": 30}, **born, **was), want="skip unchanged")
    public("deleted", "L3", "Deleted in the CRM: a cancellation to everybody.",
           ALL, edited(e, crm={"deleted": True}, **born, **was), policy={"delete.to_graph": "delete"},
           want=("graph.delete", {"mail": MAILED + ["xia@client.test"]}))
    public("series", "L3", "A series' exceptions each mail everybody once more.",
           ALL, edited(event(SELF, "bob", recurrence="FREQ=WEEKLY;COUNT=4",
                             series={"kind": "master", "master": None, "original_date": None}),
                       crm={"location": "Hall 3"},
                       state={"born": "crm"}, exceptions=2,
                       base={"added": ["bob@firm.test"], "relations": []},
                       base_crm={"attendees": []}),
           policy={"recurring.mode": "series", "recurring.to_graph": "yes"},
           want=("graph.update location", {"mail": ["bob@firm.test"] * 3 + ["dee@firm.test"] * 3}))
    public("uncategorise", "C-022", "Its category goes with it where policy says so; nothing else of ours.",
           ALL, edited(event(SELF, "bob", categories=["Fairs", "Salesforce"]),
                       crm={"deleted": True}, state={"born": "crm"},
                       base={"added": ["bob@firm.test"], "relations": []}, base_crm={"attendees": []}),
           box={"category": "Fairs"},
           policy={"delete.to_graph": "uncategorise", "category.mark": "Salesforce",
                   "category.write": "mark"},
           want=("graph.update ended -category Fairs", {"mail": MAILED}))
    public("no-marks", "", "What comes in from Outlook is not marked: that would mail everybody.",
           ALL, candidate(event(SELF, "xia")), box={"category": "Fairs"},
           policy={"category.mark": "Salesforce", "category.write": "mark"}, want="crm.create")
