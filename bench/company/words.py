"""The words of which the big company is made."""

FIRST_NAMES = (
    "Ada", "Amir", "Anna", "Ben", "Boris", "Carla", "Chen", "Clara", "Daniel", "Dora",
    "Elena", "Emil", "Eva", "Felix", "Fatima", "Georg", "Greta", "Hana", "Hugo", "Ines",
    "Ivan", "Jana", "Jonas", "Karim", "Katja", "Lars", "Lena", "Luis", "Maja", "Marco",
    "Mina", "Nadia", "Nils", "Olga", "Oscar", "Paula", "Pavel", "Rita", "Robin", "Sofia",
    "Stefan", "Tara", "Tom", "Ursula", "Victor", "Wanda", "Yara", "Zoran",
)  # fmt: skip
LAST_NAMES = (
    "Adler", "Albrecht", "Bauer", "Becker", "Berger", "Blum", "Brandt", "Costa", "Dietrich",
    "Dvorak", "Ebner", "Eder", "Fischer", "Fuchs", "Garcia", "Gruber", "Haas", "Hofer", "Horvath",
    "Huber", "Ivanov", "Jansen", "Jung", "Kaiser", "Keller", "Kern", "Koch", "Kovac", "Kraus",
    "Lang", "Larsen", "Lehner", "Lorenz", "Maier", "Marin", "Mayer", "Moser", "Nagy", "Novak",
    "Olsen", "Ortner", "Petrov", "Pichler", "Popov", "Reiter", "Rossi", "Roth", "Sailer",
    "Santos", "Schmid", "Schuster", "Seidl", "Silva", "Sommer", "Steiner", "Stern", "Svoboda",
    "Toth", "Urban", "Vogel", "Wagner", "Walter", "Weber", "Weiss", "Winkler", "Wolf", "Zeman",
)  # fmt: skip
TRADES = (
    "Bakery", "Brewery", "Clinic", "Cold Store", "Dairy", "Data Centre", "Dental Practice",
    "Engineering", "Fitness Club", "Foundry", "Furniture", "Garden Centre", "Gallery", "Glassworks",
    "Hotel", "Housing", "Insurance", "Joinery", "Kindergarten", "Laboratory", "Laundry", "Library",
    "Logistics", "Machine Works", "Market Hall", "Metalworks", "Nursery", "Opticians", "Packaging",
    "Pharmacy", "Press", "Restaurant", "Retail", "School", "Software", "Spa", "Textiles",
    "Theatre", "Tool Hire", "Wholesale", "Winery",
)  # fmt: skip
FORMS = (
    "Ltd", "& Sons", "Group", "Partners", "Brothers", "Services", "Holding", "Works", "& Co",
    "International", "Cooperative", "Trust", "Associates", "Company", "Union", "Family",
    "Systems", "Trading",
)  # fmt: skip
# Of these, words are made that nobody else's name has.
SYLLABLES = (
    "bal", "ber", "bru", "dan", "dor", "elm", "fal", "fen", "gal", "gor", "hal", "hin", "kal",
    "kor", "lam", "lin", "mar", "mol", "nor", "oss", "pel", "ran", "rud", "sal", "sten", "tal",
    "tor", "ulm", "ver", "wen", "zir",
)  # fmt: skip
STREETS = (
    "Station Road", "Mill Lane", "Harbour Street", "Garden Way", "Church Street", "Market Square",
    "River Walk", "Industrial Park", "North Avenue", "South Avenue", "Hill Road", "Bridge Street",
    "Forest Lane", "Castle Street", "Lake View", "Canal Side", "Orchard Close", "Quarry Road",
)  # fmt: skip
TOWNS = (
    "Ashford", "Birkenau", "Castelberg", "Dornfeld", "Eastvale", "Freiwald", "Grünau", "Hallstein",
    "Innerdorf", "Kingsport", "Lindenhof", "Marbach", "Neustadt", "Oberau", "Port Anna",
    "Rosenheim", "Steinbach", "Talheim", "Westbrook", "Zellhof",
)  # fmt: skip
SITES = ("Head office", "Warehouse", "Plant", "Branch", "Service centre", "Annex")
ACCESS = (
    "Ring at the reception.", "Gate code from the porter.", "Park in the yard.",
    "Key at the office next door.", "Goods lift at the back.", "Call half an hour before.",
)  # fmt: skip

# What is done, and in which steps.
WORKS = {
    "Boiler": ("Drain the circuit", "Clean the burner", "Replace seals", "Measure emissions"),
    "Heat pump": ("Check the pressure", "Clean the filter", "Top up coolant", "Test defrosting"),
    "Air conditioning": ("Clean the filters", "Check the coolant", "Test the drain", "Log values"),
    "Lift": ("Check the brakes", "Grease the rails", "Test the emergency call", "Adjust doors"),
    "Fire alarm": ("Test detectors", "Replace batteries", "Test the siren", "Update the log book"),
    "Sprinklers": ("Inspect heads", "Test the pump", "Flush the line", "Check the valves"),
    "Switchboard": ("Isolate the supply", "Tighten terminals", "Measure insulation", "Label fuses"),
    "Emergency lighting": ("Test each lamp", "Replace batteries", "Measure runtime", "Report"),
    "Water pump": ("Isolate the pump", "Replace the impeller", "Align the shaft", "Test run"),
    "Ventilation": ("Clean ducts", "Replace filters", "Balance air flow", "Measure noise"),
    "Roller door": (
        "Check springs",
        "Grease guides",
        "Adjust the limit switch",
        "Test safety edge",
    ),
    "Cold room": ("Check the compressor", "Defrost", "Replace the door seal", "Calibrate sensor"),
    "Solar panels": ("Inspect modules", "Measure strings", "Check the inverter", "Clean modules"),
    "Compressor": ("Change oil", "Replace the belt", "Drain the tank", "Test the safety valve"),
    "Network cabinet": ("Label cables", "Replace the switch", "Test links", "Tidy the cabinet"),
    "Generator": ("Change oil", "Test the battery", "Load test", "Fill up fuel"),
}
VERBS = ("maintenance", "inspection", "repair", "replacement", "installation", "fault")
PLACES = (
    "ground floor", "first floor", "second floor", "third floor", "basement", "roof", "hall A",
    "hall B", "north wing", "south wing", "kitchen", "plant room", "reception", "yard",
)  # fmt: skip
MORE_STEPS = (
    "Set up the work place",
    "Take photos",
    "Explain to the customer",
    "Clean up",
    "Sign off",
)
DESCRIPTIONS = (
    "Yearly service as agreed in the contract.",
    "The customer reports noise since last week.",
    "See the last report; the spare part has arrived.",
    "It has to be done before the audit. Ask for the caretaker on arrival.",
    "Second visit: the part did not fit the first time.",
    "Only outside opening hours.",
)
NOTES = (
    "Done, no findings.", "Replaced the seal as well.", "Worn, should be replaced next time.",
    "Values within limits.", "The customer was informed.", "Took longer: hard to reach.",
)  # fmt: skip
HOLD_REASONS = (
    "Waiting for a spare part.", "Nobody there to let us in.", "The customer asked us to wait.",
    "The lift is out of order.",
)  # fmt: skip
CANCEL_REASONS = (
    "The customer has cancelled.", "Entered twice.", "Done by the manufacturer under warranty.",
    "The site is closed.",
)  # fmt: skip
REOPEN_REASONS = (
    "The fault is back.", "One step was forgotten.", "The customer complained.",
)  # fmt: skip
EQUIPMENT = {
    "tool": ("Torque wrench", "Multimeter", "Pipe cutter", "Thermal camera", "Rotary hammer"),
    "machine": ("Core drill", "Pressure washer", "Welding set", "Dehumidifier", "Pipe freezer"),
    "vehicle": ("Van", "Flatbed truck", "Lifting platform", "Trailer", "Forklift"),
    "accessory": ("Ladder", "Cable drum", "Work light", "Dust extractor", "Harness"),
}
