"""unmatched.create: people whom the CRM does not know are made before the event that
they are on."""
from world import candidate, changed, digest, event, linked

MAKE = {"unmatched.create": "contact"}
ZED = {"kind": "contact", "name": "Zed", "address": "zed@nowhere.test", "owner": "1"}
NEW = {"address": "zed@nowhere.test", "name": "Zed", "role": "required", "response": "none",
       "person": "contact", "id": None}


def made(**over):
    return ("crm.person.create kind,name,address,owner",
            {"id": None, "set": {**ZED, **over}, "mail": [],
             "why": {"rule": "unmatched", "policy": f"unmatched.create = {over.get('kind', 'contact')}"}})


def numbered(n, *people, **over):
    return event(*people, id=f"AAMk{n}", uid=f"0400A{n}", **over)


def add(case):
    case("people-none", "F089", "As delivered nobody is made: Zed is waited for.",
         candidate(event("xia", "zed")),
         want=("crm.create", {"waits": [digest("zed@nowhere.test")]}))
    case("people-made", "C-046",
         "Zed becomes a contact of the owner's, and a relation whose record apply puts in; "
         "nobody is waited for.",
         candidate(event("xia", "zed")), policy=MAKE,
         want=[made(), ("crm.create", {"attendees": {"add": [
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "none", "person": "contact", "id": "7"}, NEW]},
             "base": {"graph": {"relations": [{"person": "contact", "id": "7", "role": "required",
                                               "response": "none"}]}},
             "waits": "absent"})])
    for kind in ("lead", "account", "opportunity"):
        case("people-made-" + kind, "", f"Or a {kind}.", candidate(event("xia", "zed")),
             policy={"unmatched.create": kind},
             want=[made(kind=kind), ("crm.create", {"attendees": {"add": [
                 {"address": "xia@client.test", "name": "Xia", "role": "required",
                  "response": "none", "person": "contact", "id": "7"},
                 {**NEW, "person": kind}]}})])
    case("people-once", "", "However many events name him: once a page.",
         candidate(numbered(1, "xia", "zed")), candidate(numbered(2, "zed", "xia", subject="Other")), policy=MAKE,
         want=[made(), "crm.create", "crm.create"])
    case("people-never", "F089",
         "Never users, however they are matched; never an address that the CRM has in a field "
         "that does not count; never the firm's domains, and never rooms.",
         candidate(event("xia", "bob", "cy", "dee")),
         candidate(event("xia", "zed"), known=[
             {"address": "xia@client.test", "person": "contact", "id": "7", "name": "Xia",
              "type": "Client", "private": False},
             {"address": "zed@nowhere.test", "person": "contact", "id": "70", "name": "Zed",
              "type": None, "private": False, "field": "alt_email"}]),
         candidate(event("xia", "zed", rooms=[{"name": "Zed", "address": "zed@nowhere.test"}])),
         policy=MAKE, want=["crm.create", "crm.create", "crm.create"])
    case("people-gate", "C-046",
         "Who would be made does not let an event in: it waits, until somebody is known.",
         candidate(event("zed")), policy=MAKE, want="skip unmatched")
    case("people-internal-private", "",
         "Nothing is made of what a private event shows, nor where the attendees stay out.",
         candidate(event("xia", "zed", sensitivity="private")), policy={
             **MAKE, "private.mode": "full"}, want="crm.create")
    case("people-not-wanted", "", "Users only, or one relation only: he would be none.",
         candidate(event("xia", "zed")), policy={**MAKE, "attendees.to_crm": "users"},
         want="crm.create")
    case("people-cut", "", "Xia comes before him, and there is room for one.",
         candidate(event("xia", "zed")), policy={**MAKE, "attendees.max": "1"},
         want=("crm.create", {"attendees": {"add": [
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "none", "person": "contact", "id": "7"}]}}))
    before = event("xia")
    case("people-of-an-update", "", "Zed is invited to a linked event.",
         linked(before, changed(before, attendees=before["attendees"] + [
             {k: NEW[k] for k in ("address", "name", "role", "response")}])), policy=MAKE,
         want=[made(), ("crm.update +zed@nowhere.test", {"attendees": {"add": [NEW]}})])
    case("people-tomorrow", "", "An event that waits for the next day makes nobody today.",
         candidate(event("xia", "zed")), policy={**MAKE, "limit.per_day": "1"},
         run={"spent": {"ops": 1}}, want="skip limit")
