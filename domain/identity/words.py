"""What languages and trades put into names and addresses: short forms, legal forms, shared mailboxes. Data only."""

from __future__ import annotations

from functools import cache


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A first name, then the forms people use for it. A form of several names belongs to each of them.
_SHORT_FORMS = """
abigail abby gail|albert al bert bertie|alexander alex alec sandy xander sasha|alexandra alex sandra lexi sasha
alfred alf fred alfie|alison ali allie|amanda mandy|andrew andy drew|angela angie|anne ann anna annie nan
anthony tony ant|antonia toni|arthur art|barbara barb babs|benjamin ben benny benji|bernard bernie|bradley brad
bridget bridie|cameron cam|catherine katherine kathryn kate katie cathy kathy kat kitty|charles charlie chuck chas
charlotte lottie charlie|christina christine tina chris chrissy|christopher chris kit topher|clifford cliff
daniel dan danny|danielle dani|david dave davey|deborah deb debbie debra|dennis denny|dominic dom|donald don donnie
dorothy dot dottie dolly|douglas doug|edward ed eddie ted teddy ned|edwin ed|eleanor ellie nell nora
elizabeth liz lizzie beth betty eliza libby lisa|emily em emmy|emma em|ernest ernie|eugene gene|evelyn eve evie
florence flo florrie|frances fran franny|francis frank|franklin frank|frederick fred freddie|gabriel gabe
gabrielle gabby|geoffrey geoff jeffrey jeff|george georgie|gerald gerry|gerard gerry|gilbert gil bert|gordon gord
gregory greg|gwendolyn gwen|harold harry hal|harriet hattie|harrison harry|helen nell|henry harry hank hal
herbert herb bert|hubert hugh bert|isaac ike zac|isabella bella izzy isabel|jacob jake|jacqueline jackie
james jim jimmy jamie|janet jan|jennifer jen jenny|jeremy jerry jem|jessica jess jessie|joanna jo joanne
john jack johnny jon|jonathan jon jonny|joseph joe joey|josephine jo josie|joshua josh|joyce joy|judith judy
julia jules julie|katrina kat trina|kenneth ken kenny|kimberly kim|kristen kris|lachlan lachie
lawrence laurence larry laurie|leonard len lenny leo|leslie les|lewis lew|lillian lily lil|linda lindy|louis lou
louise lou|lucas luke|lucille lucy|madeline maddie|margaret maggie meg peggy marge margie greta rita|maria mary
marjorie marge|martha marty|martin marty|matilda tilly|matthew matt|maureen mo|maurice morris|maximilian max|megan meg
melissa mel missy|melanie mel|michael mike mick mickey micky|michelle shelly|mitchell mitch
mohammed mohamed muhammad mohammad|nathan nat|nathaniel nat nate nathan|nicholas nick nicky nico|nicole nicky nikki
norman norm|oliver ollie|olivia liv livvy|pamela pam|patricia pat patty tricia trish|patrick pat paddy|penelope penny
peter pete|philip phillip phil|phoebe fifi|rachel rach|raymond ray|rebecca becky bec|reginald reg reggie
richard rick rich dick ricky|robert bob rob bobby robbie bert|roberta bobbie|roderick rod|rodney rod|roger rodge
ronald ron ronnie|rosemary rose rosie|rupert ru|russell russ|samantha sam|samuel sam sammy|sandra sandy
sarah sally sadie|sebastian seb|sharon shaz|sidney syd|simon si|sophia sophie|stanley stan|stephanie steph
steven stephen steve|stuart stu stewart|susan sue susie suzanne|sylvester sly|sylvia syl|terence terry
teresa theresa tess terry|theodore ted theo teddy|thomas tom tommy|timothy tim timmy|tobias toby|valerie val
vanessa nessa|veronica ronnie|victor vic|victoria vicky tori|vincent vince vinny|virginia ginny|vivian viv
walter wally walt|wendy wen|wilfred wilf|wilhelm willi willy|william will bill billy liam willie|winifred winnie
zachary zac zach zack|johannes hans hannes|josef sepp jupp|friedrich fritz|heinrich heinz heiner|katharina kathi katja
margarete grete gretel|michaela michi|alejandro ale jandro|francisco paco pancho kiko|jose pepe|manuel manolo
dolores lola|guadalupe lupe|giuseppe beppe pino|giovanni gianni nanni|francesco franco cecco|aleksandr sasha
dmitri dima|ivan vanya|maciej maciek
"""

# Endings and prefixes that say what kind of party it is, not which one.
LEGAL_FORMS = _listed(
    "ab ag aps as asa bv bvba co company corp corporation eirl eurl ev gbr gesmbh gmbh inc incorporated kft kg "
    "kgaa limited llc llp lp ltd ltda mbh nv ohg oy oyj plc proprietary pte pty sa sarl sas sasu se snc spa sprl "
    "srl sro ug zoo "
)
TITLES = _listed("dr frau herr jr junior madame miss mme monsieur mr mrs ms mx prof professor rev senior sir sr ")
SMALL_WORDS = _listed("and the of und e et y")

# Long form by short form. "st" stands for street and for saint; both sides are treated alike, which is what counts.
STREET_WORDS = {
    "aly": "alley", "ave": "avenue", "av": "avenue", "blvd": "boulevard", "bvd": "boulevard", "cct": "circuit",
    "ch": "chemin", "cir": "circle", "cl": "close", "cr": "crescent", "cres": "crescent", "crt": "court", "ct": "court",
    "dr": "drive", "drv": "drive", "esp": "esplanade", "est": "estate", "expy": "expressway", "fl": "floor",
    "gdns": "gardens", "gr": "grove", "grv": "grove", "hts": "heights", "hwy": "highway", "ln": "lane", "lvl": "level",
    "mt": "mount", "mnt": "mount", "n": "north", "s": "south", "e": "east", "w": "west", "pde": "parade", "pk": "park",
    "pkwy": "parkway", "pl": "place", "plz": "plaza", "pt": "point", "rd": "road", "rdg": "ridge", "rte": "route",
    "sq": "square", "st": "street", "ste": "suite", "str": "strasse", "tce": "terrace", "ter": "terrace",
    "trl": "trail", "vlg": "village", "vlge": "village", "wy": "way",
}  # fmt: skip
# So common that they tell nobody apart.
STREET_KINDS = frozenset(STREET_WORDS.values()) | _listed(
    "allee apartment apt calle flat gasse lot platz po box room rue strasse unit via weg"
)

# Mailboxes that many people share.
ROLES = _listed(
    "accounts accounting admin billing bookings buchhaltung buero contact contacto customerservice enquiries "
    "facturas finance hello help helpdesk hr info inquiries invoices jobs kontakt mail marketing noreply no-reply "
    "office orders payments post postmaster privacy procurement purchasing reception returns sales service shop "
    "support team vertrieb web webmaster "
)

# What people write into a cell that has no value.
EMPTY = frozenset(
    ("", "-", "--", ".", "?", "n/a", "na", "nan", "nil", "none", "null", "unknown", "not known", "not available")
)

_MONTHS = (
    "jan january januar enero janvier",
    "feb february februar febrero fevrier",
    "mar march maerz marz mrz marzo mars",
    "apr april abril avril",
    "may mai mayo",
    "jun june juni junio juin",
    "jul july juli julio juillet",
    "aug august agosto aout",
    "sep sept september septiembre septembre",
    "oct okt october oktober octubre octobre",
    "nov november noviembre novembre",
    "dec dez december dezember diciembre decembre",
)
MONTHS = {name: month for month, names in enumerate(_MONTHS, start=1) for name in names.split()}


@cache
def short_forms() -> dict[str, frozenset[str]]:
    """Every name with the names it may stand for, itself among them."""
    stands_for: dict[str, set[str]] = {}
    for group in _SHORT_FORMS.replace("\n", "|").split("|"):
        names = group.split()
        for name in names:
            stands_for.setdefault(name, {name}).add(names[0])
    return {name: frozenset(formal) for name, formal in stands_for.items()}
