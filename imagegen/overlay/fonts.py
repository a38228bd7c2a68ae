"""The eighteen fonts by id."""

FONTS: dict[str, str] = {n: n for n in (
    "inter roboto poppins montserrat raleway oswald bebas-neue playfair merriweather lora space-mono "
    "jetbrains-mono bangers pacifico permanent-marker righteous creepster press-start-2p"
).split()}
