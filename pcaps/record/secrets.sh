# The made-up secrets of these recordings; SECRETS lists every one of them.

ALICE_PASSWORD=Wonder-Land-7
BOB_PASSWORD=Build-It-Well-9
WRONG_PASSWORD=Red-Queen-Wrong-3

# HS256 tokens for Dovecot: {"alg":"HS256","typ":"JWT"} . {"sub":"alice","exp":(in 2100)} . signature
OAUTH_KEY=hole-of-the-white-rabbit-0123456789
jwt() {
    local head body
    head=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
    body=$(printf '{"sub":"alice","exp":4102444800}' | base64url)
    printf '%s.%s.%s' "$head" "$body" \
        "$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -hmac "$1" -binary | base64url)"
}
base64url() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }
OAUTH_TOKEN=$(jwt "$OAUTH_KEY")
OAUTH_WRONG_TOKEN=$(jwt another-key)
