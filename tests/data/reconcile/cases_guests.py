"""The way out: guests whom the CRM knows by an address alone."""
from world import ADDRESS, changed, event, person
from world_out import BOTH, OUT, edited, made, member, pitch, relation, unknown

TRIGGER = {**OUT, "attendees.trigger": "yes"}


def guest(name):
    """Eve and Fay, on Graph's list."""
    return {"address": name + "@else.test", "name": "Guest", "role": "required",
            "response": "none"}


def exported(*names):
    """Base relations: who went out has an address, and no record."""
    return [{"person": None, "id": None, "address": n + "@else.test", "role": "required",
             "response": "none"} for n in names]


def listed(*names):
    return [unknown(n + "@else.test") for n in names]


def as_relation(address):
    return unknown(address, type=None, private=False)


EVES = event("xia", guest("eve"), guest("fay"))
XIA = {"person": "contact", "id": "7", "role": "required", "response": "none"}


def known(*names, crm, after=None, base=None, **over):
    """Ann's meeting with Xia, Eve and Fay, who went out with it."""
    return edited(EVES, after, base={"relations": exported("eve", "fay") + [XIA], **(base or {})},
                  base_crm={"attendees": [member("xia")] + listed(*names)}, crm=crm, **over)


def add(case):
    case("out-guest-removed", "U5 F026",
         "Somebody without a record is taken off the CRM's list, however it spells the address: "
         "she is taken off in Outlook, nobody else, and the base forgets her alone.",
         known("eve", "fay", crm={"attendees": [member("xia")] + listed("fay")}),
         known("eve", "fay", crm={"attendees": [member("xia"), unknown("FAY@else.test")]}),
         policy=TRIGGER,
         want=[("graph.update -eve@else.test", {
             "mail": ["eve@else.test"],
             "base": {"graph": {"relations": [XIA] + exported("fay")}}})] * 2)
    case("out-guest-removed-in-outlook", "U5",
         "Outlook takes Eve off: so does the CRM, under its own spelling, and Fay stays.",
         known("eve", "fay", after=changed(EVES, attendees=[person("xia"), guest("fay")]),
               crm={"attendees": [member("xia"), unknown("Eve@else.test")] + listed("fay")}),
         policy=TRIGGER,
         want=("crm.update -Eve@else.test", {
             "base": {"graph": {"relations": [XIA] + exported("fay")}}}))
    case("out-guest-not-exported", "U5",
         "Outlook had invited Eve; that the CRM lists her too, and later does not, changes nothing: "
         "she was never ours. So it is with a base that was written without addresses.",
         edited(event("xia", guest("eve")),
                base_crm={"attendees": [member("xia")] + listed("eve")},
                crm={"attendees": [member("xia")]}),
         known("eve", "fay", base={"relations": [
             {k: v for k, v in r.items() if k != "address"} for r in exported("eve", "fay")] + [XIA]},
               crm={"attendees": [member("xia")]}),
         policy=TRIGGER, want=["skip unchanged"] * 2)
    case("out-guest-got-a-record", "U5",
         "Eve becomes a contact in the CRM, on her line or beside it: no addition, and no removal. "
         "What comes in names her line of the CRM's list.",
         *[edited(event({**guest("eve"), "address": ADDRESS["val"]}),
                  base={"relations": [{**exported("eve")[0], "address": ADDRESS["val"]}]},
                  base_crm={"attendees": [unknown("Val@vendor.test")]},
                  crm={"attendees": now})
           for now in ([member("val")], [unknown("Val@vendor.test")])],
         policy=TRIGGER,
         want=["skip unchanged",
               ("crm.update +9", {"attendees": {"add": [
                   {"address": "Val@vendor.test", "name": "Guest", "role": "required",
                    "response": "none", "person": "contact", "id": "9"}],
                   "remove": [], "change": []}})])
    case("out-guest-shared-address", "U5",
         "Two entries of the CRM have the same address: one of them is taken off, the guest stays.",
         edited(event("xia"), base={"relations": [XIA] + [
             {**exported("eve")[0], "address": ADDRESS["xia"]}]},
             base_crm={"attendees": [member("xia"), unknown("XIA@client.test")]},
             crm={"attendees": [member("xia")]}),
         policy=TRIGGER, want="skip unchanged")
    case("out-guest-bad-address", "O-057",
         "What is no address, or several, invites nobody: Graph would refuse the whole event.",
         made(pitch(attendees=[unknown(a) for a in (
             "a@b@c", "a@", "@b", "Eve", "eve fay@else.test", "eve@else.test;fay@else.test",
             "Eve <eve@else.test>", "fay@else.test")]),
              relations=[relation("ann")] + [as_relation(a) for a in (
                  "a@b@c", "a@", "@b", "Eve", "eve fay@else.test", "eve@else.test;fay@else.test",
                  "Eve <eve@else.test>", "fay@else.test")]),
         policy=OUT, want=("graph.create +fay@else.test", {"mail": ["fay@else.test"]}))
    case("out-guest-case", "O-057 P-061",
         "Addresses that differ in case only are one: one invitation.",
         made(pitch(attendees=[member("xia"), unknown("XIA@client.test"),
                               unknown("Eve@else.test"), unknown("eve@ELSE.test")]),
              relations=[relation("ann"), relation("xia", "Xia@Client.test"),
                         as_relation("xia@client.test"), as_relation("eve@else.test")]),
         policy=OUT,
         want=("graph.create +xia@client.test +eve@else.test", {
             "mail": ["eve@else.test", "xia@client.test"],
             "base": {"graph": {"relations": [
                 {"person": "contact", "id": "7", "role": "required", "response": "none"},
                 *exported("eve")]}}}))
    case("out-guest-is-organizer", "P-019 O-057",
         "The organizer stands on the CRM's list by her address alone, or as a contact: she is not "
         "invited to her own meeting. And a meeting with herself alone is not internal.",
         made(pitch("xia", attendees=[member("xia"), unknown("Ann@firm.test")]),
              relations=[relation("ann"), relation("xia"), as_relation("ann@firm.test")]),
         made(pitch(crm_id="103", attendees=[{**member("xia"), "address": "ann@firm.test"}]),
              relations=[relation("ann"), relation("xia", "ann@firm.test")],
              owner_policy={**OUT, "internal.mode": "skip"}),
         edited(event("xia"), crm={"attendees": [member("xia"), unknown("ann@firm.test")]},
                relations=[relation("ann"), relation("xia"), as_relation("ann@firm.test")],
                owner_policy=TRIGGER),
         policy={**OUT, "mail.allow": "all"},
         want=["skip unchanged", ("graph.create +xia@client.test", {"mail": ["xia@client.test"]}),
               ("graph.create", {"mail": []})])
    case("out-guest-held", "U5 U14 L3",
         "Whom nobody may mail is not taken off either: held; paranoid: all are told of it.",
         known("eve", "fay", crm={"attendees": [member("xia")] + listed("fay")},
               owner_policy={**TRIGGER, "mail.allow": "users"}),
         known("eve", "fay", crm={"attendees": [member("xia")] + listed("fay")},
               owner_policy={**TRIGGER, "mail.model": "paranoid"}),
         policy=BOTH,
         want=[("hold mail_held graph.update attendees",
                {"held": {"mail": ["eve@else.test"]}}),
               ("graph.update -eve@else.test",
                {"mail": ["eve@else.test", "fay@else.test", "xia@client.test"]})])
