"""Records that people pick by hand (C-024 to C-026), and whom an event is first about."""
from world import candidate, changed, event, linked, mailbox

HOLDS = {"adapter": {"crm": "builtin", "holds": [
    "subject", "body", "start", "end", "zone", "all_day", "location", "show_as", "sensitivity",
    "reminder", "online", "attendees", "primary", "related"]}}
XIA = {"person": "contact", "id": "7"}
YAN = {"address": "yan@client.test", "person": "contact", "id": "8", "name": "Yan Moor",
       "type": "Prospect", "private": False}
VAL = {"address": "val@vendor.test", "person": "lead", "id": "9", "name": "Val Ito",
       "type": "Vendor", "private": False}
FIRM = {"record": "account", "id": "1"}


def picks(*people, primary=None, related=None):
    return {"picks": {"people": list(people), "primary": primary, "related": related}}


def add(case):
    case("primary", "C-025 C-061",
         "Whom it is first about: the first external person who matches, the organizer before "
         "the others; colleagues are none. A CRM that does not hold it gets none.",
         candidate(event("bob", "zed", "yan", "xia")),
         candidate(event("ann", "yan", organizer="xia", id="AAMk2", uid="2")),
         candidate(event("bob", id="AAMk3", uid="3")),
         policy={"internal.mode": "sync"}, run=HOLDS,
         want=[("crm.create", {"set": {"primary": {"person": "contact", "id": "8"},
                                       "related": "absent"}}),
               ("crm.create", {"set": {"primary": XIA}}),
               ("crm.create", {"set": {"primary": "absent"}})])
    case("primary-withheld", "P-055", "Of a private event without people nobody is named.",
         candidate(event("xia", sensitivity="private")), policy={"private.mode": "no_attendees"},
         run=HOLDS, want=("crm.create", {"set": {"primary": "absent"}}))
    case("picked", "C-024 C-025 C-026",
         "It is linked to exactly those who were picked, whoever is on it; colleagues stay. The "
         "first of them is the primary one.",
         candidate(event("bob", "xia"), **picks(YAN, VAL, related=FIRM)),
         candidate(event("xia", id="AAMk2", uid="2"), **picks(
             YAN, VAL, primary={"person": "lead", "id": "9"})), run=HOLDS,
         want=[("crm.create", {
             "attendees": {"add": [
                 {"address": "bob@firm.test", "name": "Bob", "role": "required",
                  "response": "none", "person": "user", "id": "2"},
                 {**{k: VAL[k] for k in ("address", "name")}, "role": "required",
                  "response": "none", "person": "lead", "id": "9"},
                 {**{k: YAN[k] for k in ("address", "name")}, "role": "required",
                  "response": "none", "person": "contact", "id": "8"}]},
             "set": {"primary": {"person": "contact", "id": "8"}, "related": FIRM},
             "base": {"graph": {"picked": {"primary": None, "related": FIRM}}},
             "why": {"evidence": "picked", "policy": "select.mode = auto"}}),
               ("crm.create", {"set": {"primary": {"person": "lead", "id": "9"}}})])
    manual = {"select.mode": "manual", "private.mode": "manual", "internal.mode": "manual",
              "unmatched.mode": "skip"}
    case("picked-is-a-mark", "C-024 C-050 C-028",
         "To pick is to save by hand: as good as a mark, also for what is private, internal or "
         "made by others. Not where everybody on it is unknown; where nobody else is, it counts.",
         candidate(event("xia"), **picks(YAN)),
         candidate(event("xia", sensitivity="private", id="AAMk2", uid="2"), **picks(YAN)),
         candidate(event("ann", "bob", organizer="bob", id="AAMk3", uid="3"), **picks(YAN)),
         candidate(event("zed", id="AAMk4", uid="4"), **picks(YAN)),
         candidate(event(id="AAMk5", uid="5"), **picks(YAN)),
         candidate(event("xia", id="AAMk6", uid="6")), policy=manual,
         want=["crm.create", "crm.create", "crm.create", "skip unmatched", "crm.create",
               "skip not_marked"])
    case("picked-later", "C-024 C-025 C-026",
         "It is in the CRM already: those picked take the place of those who were found.",
         linked(event("bob", "xia"), again="picked",
                **picks(YAN, primary={"person": "contact", "id": "8"}, related=FIRM)), run=HOLDS,
         want=("crm.update primary,related +8 -xia@client.test",
               {"base": {"graph": {"picked": {"primary": {"person": "contact", "id": "8"},
                                              "related": FIRM}}}}))
    done = {"picked": {"primary": {"person": "contact", "id": "8"}, "related": FIRM},
            "relations": [{"person": "contact", "id": "8", "role": "required",
                           "response": "none"}]}
    again = picks(YAN, primary={"person": "contact", "id": "8"}, related=FIRM)
    people = {"attendees": [{"address": "yan@client.test", "name": "Yan", "role": "required",
                             "response": "none", "person": "contact", "id": "8"}]}
    case("picked-stays", "C-024 L1 U2",
         "The picks hold: somebody who comes onto it is no relation, what the CRM makes of them is "
         "the CRM's.",
         linked(event("xia"), base=done, base_crm=people, again="due", **again),
         linked(event("xia", id="AAMk2"), changed(event("xia", "val", id="AAMk2")), base=done,
                base_crm=people, **again), run=HOLDS,
         want=["skip unchanged", "link.base"])
    case("picked-no-more", "C-024", "Taken away: the people on it count again.",
         linked(event("xia"), base=done, base_crm=people, again="picked"), run=HOLDS,
         want="crm.update +7 -yan@client.test")
    case("picked-ended", "U10", "What has ended stays so.",
         linked(event("xia"), state={"state": "ended"}, again="picked", **picks(YAN)),
         policy=manual, want="skip ended")
