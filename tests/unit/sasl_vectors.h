/* AUTH exchanges: the RFCs' examples, malformed twins of them, and what the captures of auth-*.pcap
 * hold, each with what is to be known of it. */
#ifndef UNIT_SASL_VECTORS_H
#define UNIT_SASL_VECTORS_H

#include "sasl_play.h"

static const struct play SASL_EXAMPLES[] = {
    {"PLAIN, RFC 4616: no authzid",
     "PLAIN",
     {"i ^@tim^@tanstaaftanstaaf"},
     "PLAIN initial exposed user=tim secret=tanstaaftanstaaf"},
    {"PLAIN, RFC 4616: authzid",
     "plain",
     {"S ", "c Ursel^@Kurt^@xipj3plmq"},
     "PLAIN exposed user=Kurt authzid=Ursel [empty] secret=xipj3plmq"},
    {"PLAIN, RFC 4954: authzid the same as the name",
     "PLAIN",
     {"I dGVzdAB0ZXN0ADEyMzQ="},
     "PLAIN initial exposed user=test secret=1234"},
    {"PLAIN: empty password exposes nothing",
     "PLAIN",
     {"i ^@tim^@"},
     "PLAIN initial user=tim 0:empty"},
    {"PLAIN: empty name", "PLAIN", {"i ^@^@secret"}, "PLAIN initial exposed secret=secret 0:empty"},
    {"PLAIN: two fields only are a secret as a whole",
     "PLAIN",
     {"i tim^@tanstaaf"},
     "PLAIN initial secret:12 0:malformed"},
    {"PLAIN: a name, a password and nothing are a secret as a whole",
     "PLAIN",
     {"i tim^@tanstaaf^@"},
     "PLAIN initial secret:13 0:malformed"},
    {"PLAIN: no NUL at all", "PLAIN", {"i tanstaaf"}, "PLAIN initial secret=tanstaaf 0:malformed"},
    {"PLAIN: a NUL in the password",
     "PLAIN",
     {"i ^@tim^@tan^@staaf"},
     "PLAIN initial exposed user=tim secret:14 0:malformed"},
    {"PLAIN: '=' is an empty initial response", "PLAIN", {"I ="}, "PLAIN initial 0:empty"},
    {"PLAIN: '=' as an answer is bad padding",
     "PLAIN",
     {"S ", "C ="},
     "PLAIN [empty] secret== 1:padding"},
    {"PLAIN: no initial response after all",
     "PLAIN",
     {"I ", "S ", "c ^@tim^@tanstaaf"},
     "PLAIN exposed user=tim [empty] secret=tanstaaf"},
    {"PLAIN: a challenge of words",
     "PLAIN",
     {"s go ahead", "c ^@tim^@tanstaaf"},
     "PLAIN exposed user=tim [other text=go ahead] secret=tanstaaf"},
    {"PLAIN: a challenge that is not Base64",
     "PLAIN",
     {"S go ahead", "c ^@tim^@tanstaaf"},
     "PLAIN exposed user=tim [invalid_base64 text=go ahead] secret=tanstaaf 0:alphab"
     "et"},
    {"PLAIN: prompted again",
     "PLAIN",
     {"i ^@tim^@wrong", "S ", "c ^@tim^@right", "S "},
     "PLAIN initial exposed user=tim [empty] [empty] secret=right 3:too_many"},
    {"PLAIN: cancelled", "PLAIN", {"S ", "C *"}, "PLAIN cancelled [empty]"},
    {"PLAIN: '*' is no cancellation in the command itself",
     "PLAIN",
     {"I *"},
     "PLAIN initial secret=* 0:alphabet"},
    {"PLAIN: not Base64 is a secret as a whole",
     "PLAIN",
     {"I not-base-64!"},
     "PLAIN initial secret=not-base-64! 0:alphabet"},
    {"PLAIN: without padding",
     "PLAIN",
     {"I AHRpbQB0YW5zdA"},
     "PLAIN initial secret=AHRpbQB0YW5zdA 0:length"},
    {"PLAIN: blanks behind",
     "PLAIN",
     {"I AHRpbQB0YW5zdGFhZg==  "},
     "PLAIN initial exposed user=tim secret=tanstaaf 0:alphabet"},
    {"PLAIN: after a gap its form still tells",
     "PLAIN",
     {"G", "c ^@tim^@tanstaaf"},
     "PLAIN exposed user=tim secret=tanstaaf"},
    {"LOGIN: the usual prompts",
     "LOGIN",
     {"S VXNlcm5hbWU6", "c tim", "S UGFzc3dvcmQ6", "c tanstaaf"},
     "LOGIN exposed user=tim [username_prompt text=Username:] [password_prompt text="
     "Password:] secret=tanstaaf"},
    {"LOGIN: a name of four letters is not the password",
     "LOGIN",
     {"s Username:", "c carl", "s Password:", "c tanstaaf"},
     "LOGIN exposed user=carl [username_prompt text=Username:] [password_prompt text"
     "=Password:] secret=tanstaaf"},
    {"LOGIN: answers that look like commands",
     "LOGIN",
     {"s Username:", "C eHlo", "s Password:", "C QUIT"},
     "LOGIN exposed user=xyh [username_prompt text=Username:] [password_prompt text="
     "Password:] secret:3"},
    {"LOGIN: the name in the command",
     "LOGIN",
     {"i tim", "s Password:", "c tanstaaf"},
     "LOGIN initial exposed user=tim [password_prompt text=Password:] secret=tanstaa"
     "f"},
    {"LOGIN: the name in the command and asked for again: the second may be anything",
     "LOGIN",
     {"i tim", "s Username:", "c tim@example.org", "s Password:", "c tanstaaf"},
     "LOGIN initial exposed user=tim [username_prompt text=Username:] [p"
     "assword_prompt text=Password:] secret=tanstaaf"},
    {"LOGIN: the name in the command and again at a prompt",
     "LOGIN",
     {"i tim", "s Username:", "c tim", "s Password:", "c tanstaaf"},
     "LOGIN initial exposed user=tim [username_prompt text=Username:] [password_prompt text="
     "Password:] secret=tanstaaf"},
    {"LOGIN: name and password in one answer",
     "LOGIN",
     {"s Username:", "c tim^@tanstaaf"},
     "LOGIN [username_prompt text=Username:] secret:12 1:malformed"},
    {"LOGIN: asked for the name twice, what comes second is none",
     "LOGIN",
     {"s Username:", "c tim", "s Username:", "c tanstaaf"},
     "LOGIN user=tim [username_prompt text=Username:] [username_prompt text=Username:] "
     "secret=tanstaaf"},
    {"LOGIN: a second try in the same exchange, nobody knows whose result it is",
     "LOGIN",
     {"s Username:", "c tim", "s Password:", "c tanstaaf", "s Username:", "c bob",
      "s Password:", "c tanstaaf"},
     "LOGIN exposed [username_prompt text=Username:] [password_prompt text=Password:] "
     "[username_prompt text=Username:] [password_prompt text=Password:] "
     "secret=tanstaaf 4:too_many 6:too_many"},
    {"LOGIN: asked for the name after what was taken for it, neither is one",
     "LOGIN",
     {"s ?", "c tanstaaf", "s Username:", "c tim"},
     "LOGIN [other text=?] [username_prompt text=Username:] secret=tanstaaftim"},
    {"LOGIN: prompts of the draft, with NULs",
     "LOGIN",
     {"s User Name^@", "c tim", "s Password^@", "c tanstaaf"},
     "LOGIN exposed user=tim [username_prompt text=User Name] [password_prompt text="
     "Password] secret=tanstaaf"},
    {"LOGIN: other words",
     "LOGIN",
     {"s login:", "c tim", "s passcode:", "c tanstaaf"},
     "LOGIN exposed user=tim [username_prompt text=login:] [password_prompt text=pas"
     "scode:] secret=tanstaaf"},
    {"LOGIN: password words win",
     "LOGIN",
     {"s Account", "c tim", "s Enter the password of user tim", "c tanstaaf"},
     "LOGIN exposed user=tim [username_prompt text=Account] [password_prompt text=En"
     "ter the password of user tim] secret=tanstaaf"},
    {"LOGIN: the password asked for first",
     "LOGIN",
     {"s Password:", "c tanstaaf", "s Username:", "c tim"},
     "LOGIN exposed user=tim [password_prompt text=Password:] [username_prompt text="
     "Username:] secret=tanstaaf"},
    {"LOGIN: the password asked for first, then who knows",
     "LOGIN",
     {"s Password:", "c tanstaaf", "s ?", "c tim"},
     "LOGIN exposed user=tim [password_prompt text=Password:] [other text=?] secret="
     "tanstaaf"},
    {"LOGIN: a short word within others is none",
     "LOGIN",
     {"s said flipwdrg", "c alice", "s Pwd?", "c secret"},
     "LOGIN exposed user=alice [other text=said flipwdrg] [password_prompt text=Pwd?] "
     "secret=secret"},
    {"LOGIN: prompts without meaning go by position",
     "LOGIN",
     {"s ?", "c tim", "s !", "c tanstaaf"},
     "LOGIN exposed user=tim [other text=?] [other text=!] secret=tanstaaf"},
    {"LOGIN: empty prompts go by position",
     "LOGIN",
     {"S ", "c tim", "S ", "c tanstaaf"},
     "LOGIN exposed user=tim [empty] [empty] secret=tanstaaf"},
    {"LOGIN: binary prompts go by position",
     "LOGIN",
     {"sx 00ff", "c tim", "sx c328", "c tanstaaf"},
     "LOGIN exposed user=tim [other] [other] secret=tanstaaf"},
    {"LOGIN: prompts not in Base64 still tell",
     "LOGIN",
     {"S Password:", "c tanstaaf", "S User name:", "c tim"},
     "LOGIN exposed user=tim [invalid_base64 text=Password:] [invalid_base64 text=Us"
     "er name:] secret=tanstaaf 0:alphabet 2:alphabet"},
    {"LOGIN: German prompts",
     "LOGIN",
     {"s Benutzername:", "c tim", "s Kennwort:", "c tanstaaf"},
     "LOGIN exposed user=tim [username_prompt text=Benutzername:] [password_prompt t"
     "ext=Kennwort:] secret=tanstaaf"},
    {"LOGIN: Chinese prompts",
     "LOGIN",
     {"sx e794a8e688b7e5908d", "c tim", "sx e5af86e7a081", "c tanstaaf"},
     "LOGIN exposed user=tim [username_prompt text=\\e7\\94\\a8\\e6\\88\\b7\\e5\\90"
     "\\8d] [password_prompt text=\\e5\\af\\86\\e7\\a0\\81] secret=tanstaaf"},
    {"LOGIN: a third answer is a secret and nothing else",
     "LOGIN",
     {"s Username:", "c tim", "s Password:", "c tanstaaf", "s Token?", "c 123456"},
     "LOGIN exposed user=tim [username_prompt text=Username:] [password_prompt text="
     "Password:] [other text=Token?] secret=123456 4:too_many"},
    {"LOGIN: the password again",
     "LOGIN",
     {"s Username:", "c tim", "s Password:", "c wrong", "s Password:", "c tanstaaf"},
     "LOGIN exposed user=tim [username_prompt text=Username:] [password_prompt text="
     "Password:] [password_prompt text=Password:] secret=tanstaaf 4:too_many"},
    {"LOGIN: empty answers",
     "LOGIN",
     {"s Username:", "C ", "s Password:", "C "},
     "LOGIN [username_prompt text=Username:] [password_prompt text=Password:] 1:empt"
     "y 3:empty"},
    {"LOGIN: an empty name in the command leaves the rest open",
     "LOGIN",
     {"I =", "s ?", "c tim", "s !", "c tanstaaf"},
     "LOGIN initial [other text=?] [other text=!] secret=tanstaaf 0:empty"},
    {"LOGIN: an empty name in the command, then prompts",
     "LOGIN",
     {"I =", "s Username:", "c tim", "s Password:", "c tanstaaf"},
     "LOGIN initial exposed user=tim [username_prompt text=Username:] [password_prom"
     "pt text=Password:] secret=tanstaaf 0:empty"},
    {"LOGIN: a name that is not Base64 leaves the rest open",
     "LOGIN",
     {"s ?", "C tim", "s !", "c tanstaaf"},
     "LOGIN [other text=?] [other text=!] secret=tanstaaf 1:length"},
    {"LOGIN: a gap leaves the rest open",
     "LOGIN",
     {"s ?", "G", "c tanstaaf"},
     "LOGIN [other text=?] secret=tanstaaf"},
    {"LOGIN: after a gap a prompt tells",
     "LOGIN",
     {"s Username:", "G", "s Password:", "c tanstaaf"},
     "LOGIN exposed [username_prompt text=Username:] [password_prompt text=Password:"
     "] secret=tanstaaf"},
    {"LOGIN: a gap behind the prompt hides what it asked for",
     "LOGIN",
     {"s Username:", "c tim", "s Password:", "G", "c what"},
     "LOGIN user=tim [username_prompt text=Username:] [password_prompt text=Password"
     ":] secret=what"},
    {"LOGIN: a prompt without an answer leaves positions open",
     "LOGIN",
     {"s Username:", "s ?", "c tanstaaf"},
     "LOGIN [username_prompt text=Username:] [other text=?] secret=tanstaaf"},
    {"LOGIN: prompts only",
     "LOGIN",
     {"s Username:", "s Password:"},
     "LOGIN [username_prompt text=Username:] [password_prompt text=Password:]"},
    {"LOGIN: the server is not captured",
     "LOGIN",
     {"c tim", "c tanstaaf"},
     "LOGIN exposed user=tim secret=tanstaaf"},
    {"LOGIN: cancelled at the password",
     "LOGIN",
     {"s Username:", "c tim", "s Password:", "C *"},
     "LOGIN cancelled user=tim [username_prompt text=Username:] [password_prompt tex"
     "t=Password:]"},
    {"LOGIN: a prompt that repeats the password is not kept",
     "LOGIN",
     {"s Password:", "c tanstaaf", "s tanstaaf is wrong. Username:", "c tim"},
     "LOGIN exposed user=tim [password_prompt text=Password:] [username_prompt] secr"
     "et=tanstaaf"},
    {"LOGIN: a raw prompt that repeats the password is not kept",
     "LOGIN",
     {"s Password:", "c tanstaaf", "S tanstaaf is wrong", "c tim"},
     "LOGIN exposed user=tim [password_prompt text=Password:] [invalid_base64] secre"
     "t=tanstaaf 2:alphabet"},
    {"CRAM-MD5, RFC 2195",
     "CRAM-MD5",
     {"S PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
      "C dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"},
     "CRAM-MD5 user=tim [nonce text=<1896.697170952@postoffice.reston.mci.net> host="
     "postoffice.reston.mci.net] secret=b913a602c7eda7a495b4e6e7334d3890"},
    {"CRAM-MD5, RFC 4954",
     "CRAM-MD5",
     {"S PDQxOTI5NDIzNDEuMTI4Mjg0NzJAc291cmNlZm91ci5hbmRyZXcuY211LmVkdT4=",
      "C cmpzMyBlYzNhNTlmZWQzOTVhYmExZWM2MzY3YzRmNGI0MWFjMA=="},
     "CRAM-MD5 user=rjs3 [nonce text=<4192942341.12828472@sourcefour.andrew.cmu.edu>"
     " host=sourcefour.andrew.cmu.edu] secret=ec3a59fed395aba1ec6367c4f4b41ac0"},
    {"CRAM-MD5: an answer before anything was asked",
     "CRAM-MD5",
     {"i tim b913a602c7eda7a495b4e6e7334d3890"},
     "CRAM-MD5 initial user=tim secret=b913a602c7eda7a495b4e6e7334d3890"},
    {"CRAM-MD5: a name with blanks",
     "CRAM-MD5",
     {"s <1.2@a.example>", "c tim the man b913a602c7eda7a495b4e6e7334d3890"},
     "CRAM-MD5 user=tim the man [nonce text=<1.2@a.example> host=a.example] secret=b"
     "913a602c7eda7a495b4e6e7334d3890"},
    {"CRAM-MD5: no digest",
     "CRAM-MD5",
     {"s <1.2@a.example>", "c tim"},
     "CRAM-MD5 [nonce text=<1.2@a.example> host=a.example] secret=tim 1:malformed"},
    {"CRAM-MD5: a short digest",
     "CRAM-MD5",
     {"s <1.2@a.example>", "c tim b913a602c7eda7a495b4e6e7334d389"},
     "CRAM-MD5 [nonce text=<1.2@a.example> host=a.example] secret=tim b913a602c7eda7"
     "a495b4e6e7334d389 1:malformed"},
    {"CRAM-MD5: a digest with other letters",
     "CRAM-MD5",
     {"s <1.2@a.example>", "c tim b913a602c7eda7a495b4e6e7334d389g"},
     "CRAM-MD5 [nonce text=<1.2@a.example> host=a.example] secret=tim b913a602c7eda7"
     "a495b4e6e7334d389g 1:malformed"},
    {"CRAM-MD5: no name",
     "CRAM-MD5",
     {"s <1.2@a.example>", "c  b913a602c7eda7a495b4e6e7334d3890"},
     "CRAM-MD5 [nonce text=<1.2@a.example> host=a.example] secret=b913a602c7eda7a495"
     "b4e6e7334d3890 1:empty"},
    {"CRAM-MD5: nothing asked, nothing said",
     "CRAM-MD5",
     {"S ", "C "},
     "CRAM-MD5 [empty] 0:empty 1:empty"},
    {"CRAM-MD5: no brackets",
     "CRAM-MD5",
     {"s 1.2@a.example"},
     "CRAM-MD5 [nonce text=1.2@a.example] 0:malformed"},
    {"CRAM-MD5: no host", "CRAM-MD5", {"s <1.2>"}, "CRAM-MD5 [nonce text=<1.2>] 0:malformed"},
    {"CRAM-MD5: asked twice",
     "CRAM-MD5",
     {"s <1.2@a.example>", "C ", "s <3.4@a.example>", "C *"},
     "CRAM-MD5 cancelled [nonce text=<1.2@a.example> host=a.example] [nonce text=<3."
     "4@a.example> host=a.example] 1:empty 2:too_many"},
    {"DIGEST-MD5, RFC 2831",
     "DIGEST-MD5",
     {"s realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorith"
      "m=md5-sess,charset=utf-8",
      "c charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG"
      "9tEQGm2hh\",nc=00000001,cnonce=\"OA6MHXh6VqTrRk\",digest-uri=\"imap/elwood.inn"
      "osoft.com\",response=d388dad90d4bbd760a152321f2143af7,qop=auth",
      "s rspauth=ea40f60335c427b5527b84dbabcdfffd", "C "},
     "DIGEST-MD5 user=chris domain=elwood.innosoft.com realm=elwood.innosoft.com ser"
     "vice=imap/elwood.innosoft.com qop=auth algorithm=md5-sess [nonce realm=elwood."
     "innosoft.com] [server_final] secret=d388dad90d4bbd760a152321f2143af7"},
    {"DIGEST-MD5: quotes, blanks, an authzid",
     "DIGEST-MD5",
     {"s nonce=\"a,b\", realm = \"two \\\"words\\\"\" , realm=\"other\"",
      "c username=\"a\\\"b\\\\c\", realm=\"two \\\"words\\\"\",authzid=\"boss\",respo"
      "nse=d388dad90d4bbd760a152321f2143af7"},
     "DIGEST-MD5 user=a\"b\\c domain=two \"words\" authzid=boss realm=two \"words\" "
     "[nonce realm=two \"words\"] secret=d388dad90d4bbd760a152321f2143af7"},
    {"DIGEST-MD5: a name in Latin-1",
     "DIGEST-MD5",
     {"s realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorith"
      "m=md5-sess,charset=utf-8",
      "cx 757365726e616d653d227a6feb222c726573706f6e73653d643338386461643930643462626"
      "4373630613135323332316632313433616637"},
     "DIGEST-MD5 user=zo\\eb qop=auth algorithm=md5-sess [nonce realm=elwood.innosof"
     "t.com] secret=d388dad90d4bbd760a152321f2143af7"},
    {"DIGEST-MD5: no name",
     "DIGEST-MD5",
     {"s realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorith"
      "m=md5-sess,charset=utf-8",
      "c response=d388dad90d4bbd760a152321f2143af7"},
     "DIGEST-MD5 qop=auth algorithm=md5-sess [nonce realm=elwood.innosoft.com] secre"
     "t=response=d388dad90d4bbd760a152321f2143af7 1:malformed"},
    {"DIGEST-MD5: no response",
     "DIGEST-MD5",
     {"s realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorith"
      "m=md5-sess,charset=utf-8",
      "c username=\"chris\""},
     "DIGEST-MD5 qop=auth algorithm=md5-sess [nonce realm=elwood.innosoft.com] secre"
     "t=username=\"chris\" 1:malformed"},
    {"DIGEST-MD5: a quote left open",
     "DIGEST-MD5",
     {"s realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorith"
      "m=md5-sess,charset=utf-8",
      "c response=d388dad90d4bbd760a152321f2143af7,username=\"chris"},
     "DIGEST-MD5 qop=auth algorithm=md5-sess [nonce realm=elwood.innosoft.com] secre"
     "t=response=d388dad90d4bbd760a152321f2143af7,username=\"chris 1:malformed"},
    {"DIGEST-MD5: no list",
     "DIGEST-MD5",
     {"s hello there", "c hello there"},
     "DIGEST-MD5 [other] secret=hello there 0:malformed 1:malformed"},
    {"DIGEST-MD5: an empty answer to a nonce",
     "DIGEST-MD5",
     {"s realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorith"
      "m=md5-sess,charset=utf-8",
      "C "},
     "DIGEST-MD5 qop=auth algorithm=md5-sess [nonce realm=elwood.innosoft.com] 1:emp"
     "ty"},
    {"DIGEST-MD5: an initial response (RFC 2831 section 2.2)",
     "DIGEST-MD5",
     {"i charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG"
      "9tEQGm2hh\",nc=00000001,cnonce=\"OA6MHXh6VqTrRk\",digest-uri=\"imap/elwood.inn"
      "osoft.com\",response=d388dad90d4bbd760a152321f2143af7,qop=auth",
      "s rspauth=ea40f60335c427b5527b84dbabcdfffd", "C "},
     "DIGEST-MD5 initial user=chris domain=elwood.innosoft.com realm=elwood.innosoft"
     ".com service=imap/elwood.innosoft.com qop=auth [server_final] secret=d388dad90"
     "d4bbd760a152321f2143af7"},
    {"DIGEST-MD5: a backslash at the very end",
     "DIGEST-MD5",
     {"s realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorith"
      "m=md5-sess,charset=utf-8",
      "c response=x,username=\"chris\\"},
     "DIGEST-MD5 qop=auth algorithm=md5-sess [nonce realm=elwood.innosoft.com] secre"
     "t=response=x,username=\"chris\\ 1:malformed"},
    {"SCRAM-SHA-1, RFC 5802",
     "SCRAM-SHA-1",
     {"S ", "c n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
      "s r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
      "c c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+"
      "HI4Ts=",
      "s v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "C "},
     "SCRAM-SHA-1 user=user binding=n salt=12 [empty] [nonce iterations=4096] [serve"
     "r_final] secret=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="},
    {"SCRAM-SHA-256, RFC 7677",
     "SCRAM-SHA-256",
     {"i n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
      "s r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6g"
      "Q==,i=4096",
      "c c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUh"
      "N+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      "s v=6rriTRBi23WpR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "C "},
     "SCRAM-SHA-256 initial user=user binding=n salt=16 [nonce iterations=4096] [ser"
     "ver_final] secret=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="},
    {"SCRAM-SHA-512-PLUS: channel binding, authzid, escapes",
     "SCRAM-SHA-512-PLUS",
     {"i p=tls-exporter,a=the=2Cboss,n=a=3Db=2Cc,r=abc", "s r=abcdef,s=AAAA,i=10000",
      "c c=cD10bHMtZXhwb3J0ZXI,r=abcdef,p=AAAA", "s e=invalid-proof", "C "},
     "SCRAM-SHA-512-PLUS initial user=a=b,c authzid=the,boss binding=tls-exporter sa"
     "lt=3 [nonce iterations=10000] [server_final text=invalid-proof] secret=AAAA"},
    {"SCRAM: an unfinished escape",
     "SCRAM-SHA-1",
     {"i n,,n=a=2,r=abc"},
     "SCRAM-SHA-1 initial secret=n,,n=a=2,r=abc 0:malformed"},
    {"SCRAM: another escape",
     "SCRAM-SHA-1",
     {"i n,,n=a=2D,r=abc"},
     "SCRAM-SHA-1 initial secret=n,,n=a=2D,r=abc 0:malformed"},
    {"SCRAM: an escape in the authzid that is none",
     "SCRAM-SHA-1",
     {"i n,a=x=,n=a,r=abc"},
     "SCRAM-SHA-1 initial secret=n,a=x=,n=a,r=abc 0:malformed"},
    {"SCRAM: no name",
     "SCRAM-SHA-1",
     {"i n,,r=abc"},
     "SCRAM-SHA-1 initial secret=n,,r=abc 0:malformed"},
    {"SCRAM: an empty name",
     "SCRAM-SHA-1",
     {"i n,,n=,r=abc"},
     "SCRAM-SHA-1 initial binding=n 0:empty"},
    {"SCRAM: no nonce",
     "SCRAM-SHA-1",
     {"i n,,n=user"},
     "SCRAM-SHA-1 initial secret=n,,n=user 0:malformed"},
    {"SCRAM: no header",
     "SCRAM-SHA-1",
     {"i n=user,r=abc"},
     "SCRAM-SHA-1 initial secret=n=user,r=abc 0:malformed"},
    {"SCRAM: an extension",
     "SCRAM-SHA-1",
     {"i y,,m=ext,n=user,r=abc", "s m=ext,r=abcd,s=AAAA,i=1"},
     "SCRAM-SHA-1 initial user=user binding=y salt=3 [nonce iterations=1]"},
    {"SCRAM: no proof",
     "SCRAM-SHA-1",
     {"i n,,n=user,r=abc", "s r=abcd,s=AAAA,i=1", "c c=biws,r=abcd"},
     "SCRAM-SHA-1 initial user=user binding=n salt=3 [nonce iterations=1] secret=c=b"
     "iws,r=abcd 2:malformed"},
    {"SCRAM: an empty proof",
     "SCRAM-SHA-1",
     {"i n,,n=user,r=abc", "s r=abcd,s=AAAA,i=1", "c c=biws,r=abcd,p="},
     "SCRAM-SHA-1 initial user=user binding=n salt=3 [nonce iterations=1] 2:empty"},
    {"SCRAM: no salt",
     "SCRAM-SHA-1",
     {"i n,,n=user,r=abc", "s r=abcd,i=1"},
     "SCRAM-SHA-1 initial user=user binding=n [other] 1:malformed"},
    {"SCRAM: a salt that is not Base64",
     "SCRAM-SHA-1",
     {"i n,,n=user,r=abc", "s r=abcd,s=AAA,i=1"},
     "SCRAM-SHA-1 initial user=user binding=n [nonce] 1:malformed"},
    {"SCRAM: no iterations",
     "SCRAM-SHA-1",
     {"i n,,n=user,r=abc", "s r=abcd,s=AAAA"},
     "SCRAM-SHA-1 initial user=user binding=n [nonce] 1:malformed"},
    {"SCRAM: zero iterations",
     "SCRAM-SHA-1",
     {"i n,,n=user,r=abc", "s r=abcd,s=AAAA,i=0"},
     "SCRAM-SHA-1 initial user=user binding=n [nonce] 1:malformed"},
    {"SCRAM: more iterations than fit",
     "SCRAM-SHA-1",
     {"i n,,n=user,r=abc", "s r=abcd,s=AAAA,i=4294967296"},
     "SCRAM-SHA-1 initial user=user binding=n [nonce] 1:malformed"},
    {"SCRAM: the most iterations that fit",
     "SCRAM-SHA-1",
     {"i n,,n=user,r=abc", "s r=abcd,s=AAAA,i=4294967295"},
     "SCRAM-SHA-1 initial user=user binding=n salt=3 [nonce iterations=4294967295]"},
    {"SCRAM: an empty first answer", "SCRAM-SHA-1", {"S ", "C "}, "SCRAM-SHA-1 [empty] 1:empty"},
    {"SCRAM: a gap over the first answer",
     "SCRAM-SHA-1",
     {"G", "s r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
      "c c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+"
      "HI4Ts=",
      "s v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "C "},
     "SCRAM-SHA-1 salt=12 [nonce iterations=4096] [server_final] secret=v0X8v3Bz2T0C"
     "JGbJQyF0X+HI4Ts="},
    {"SCRAM: a server's empty last word",
     "SCRAM-SHA-1",
     {"i n,,n=user,r=abc", "s v="},
     "SCRAM-SHA-1 initial user=user binding=n [server_final] 1:empty"},
    {"SCRAM-SHA-512: no initial response",
     "SCRAM-SHA-512",
     {"S ", "c n,,n=user,r=abc", "s r=abcdef,s=QSXCR+Q6sek8bf92,i=4096",
      "c c=biws,r=abcdef,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "s v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "C "},
     "SCRAM-SHA-512 user=user binding=n salt=12 [empty] [nonce iterations=4096] [server_final] "
     "secret=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="},
    {"SCRAM-SHA3-512: any hash",
     "scram-sha3-512",
     {"i n,,n=user,r=abc"},
     "SCRAM-SHA3-512 initial user=user binding=n"},
    {"NTLM, MS-NLMP 4.2.2: NTLMv1",
     "NTLM",
     {"S ",
      "cx 4e544c4d535350000100000002220000000000000000000009000900200000004445534b544"
      "f502d37",
      "sx 4e544c4d5353500002000000 0c000c0038000000 338202e2 0123456789abcdef 0000000"
      "000000000 0000000000000000 060070170000000f 530065007200760065007200",
      "cx 4e544c4d5353500003000000 180018006c000000 1800180084000000 0c000c0048000000"
      " 0800080054000000 100010005c000000 100010009c000000 358280e2 0501280a0000000f "
      "44006f006d00610069006e00 5500730065007200 43004f004d0050005500540045005200 98d"
      "ef7b87f88aa5dafe2df779688a172def11c7d5ccdef13 67c43011f30298a2ad35ece64f16331c"
      "44bdbed927841f94 518822b1b3f350c8958682ecbb3e3cb7"},
     "NTLM user=User domain=Domain token=ntlm workstation=COMPUTER [empty] [ntlm_cha"
     "llenge target=Server os_version=6.0.6000] secret:48"},
    {"NTLM, MS-NLMP 4.2.4: NTLMv2",
     "NTLM",
     {"ix 4e544c4d535350000100000002220000000000000000000009000900200000004445534b544"
      "f502d37",
      "sx 4e544c4d5353500002000000 0c000c0038000000 33828ae2 0123456789abcdef 0000000"
      "000000000 2400240044000000 060070170000000f 530065007200760065007200 02000c004"
      "4006f006d00610069006e00 01000c00530065007200760065007200 00000000"},
     "NTLM initial token=ntlm workstation=DESKTOP-7 netbios_domain=Domain netbios_ho"
     "st=Server [ntlm_challenge target=Server os_version=6.0.6000]"},
    {"NTLM: DNS names and version of the server",
     "NTLM",
     {"ix 4e544c4d535350000100000002220000000000000000000009000900200000004445534b544"
      "f502d37",
      "sx 4e544c4d53535000020000000e000e0038000000358289e20123456789abcdef00000000000"
      "000009e009e00460000000a0063450000000f43004f004e0054004f0053004f0002000e0043004"
      "f004e0054004f0053004f0001000800450058003000310004001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c0065000300280065007800300031002e0063006f006e007"
      "4006f0073006f002e006500780061006d0070006c00650005001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c00650007000800000000000000000000000000",
      "cx 4e544c4d5353500003000000180018004800000028002800600000000e000e00880000000a0"
      "00a009600000012001200a000000000000000b2000000358288e20a0063450000000f111111111"
      "111111111111111111111111111111111111111222222222222222222222222222222222222222"
      "2222222222222222222222222222222222222222243004f004e0054004f0053004f007a006f00e"
      "b003dd80ddc4400450053004b0054004f0050002d003700"},
     "NTLM initial user=zo\\c3\\ab\\f0\\9f\\90\\8d domain=CONTOSO token=ntlm worksta"
     "tion=DESKTOP-7 netbios_domain=CONTOSO netbios_host=EX01 [ntlm_challenge target"
     "=CONTOSO dns_domain=contoso.example dns_host=ex01.contoso.example os_version=1"
     "0.0.17763] secret:64"},
    {"NTLM: an OEM client",
     "NTLM",
     {"ix 4e544c4d535350000100000002220000000000000000000009000900200000004445534b544"
      "f502d37",
      "sx 4e544c4d53535000020000000e000e0038000000358289e20123456789abcdef00000000000"
      "000009e009e00460000000a0063450000000f43004f004e0054004f0053004f0002000e0043004"
      "f004e0054004f0053004f0001000800450058003000310004001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c0065000300280065007800300031002e0063006f006e007"
      "4006f0073006f002e006500780061006d0070006c00650005001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c00650007000800000000000000000000000000",
      "cx 4e544c4d5353500003000000180018004800000018001800600000000700070078000000030"
      "003007f0000000900090082000000000000008b000000368288e20a0063450000000f111111111"
      "111111111111111111111111111111111111111222222222222222222222222222222222222222"
      "222222222434f4e544f534f7a6feb4445534b544f502d37"},
     "NTLM initial user=zo\\eb domain=CONTOSO token=ntlm workstation=DESKTOP-7 netbi"
     "os_domain=CONTOSO netbios_host=EX01 [ntlm_challenge target=CONTOSO dns_domain="
     "contoso.example dns_host=ex01.contoso.example os_version=10.0.17763] secret:48"},
    {"NTLM: a server that says so (MS-SMTPNTLM)",
     "NTLM",
     {"S NTLM supported",
      "cx 4e544c4d535350000100000002220000000000000000000009000900200000004445534b544"
      "f502d37"},
     "NTLM token=ntlm workstation=DESKTOP-7 [other text=NTLM supported]"},
    {"NTLM: half a code unit in the name",
     "NTLM",
     {"cx 4e544c4d5353500003000000180018004800000028002800600000000e000e00880000000b0"
      "00a009600000012001200a000000000000000b2000000358288e20a0063450000000f111111111"
      "111111111111111111111111111111111111111222222222222222222222222222222222222222"
      "2222222222222222222222222222222222222222243004f004e0054004f0053004f007a006f00e"
      "b003dd80ddc4400450053004b0054004f0050002d003700"},
     "NTLM domain=CONTOSO token=ntlm workstation=DESKTOP-7 secret:178 0:malformed"},
    {"NTLM: the domain past the end",
     "NTLM",
     {"cx 4e544c4d5353500003000000180018004800000028002800600000000e000e00ffffff7f0a0"
      "00a009600000012001200a000000000000000b2000000358288e20a0063450000000f111111111"
      "111111111111111111111111111111111111111222222222222222222222222222222222222222"
      "2222222222222222222222222222222222222222243004f004e0054004f0053004f007a006f00e"
      "b003dd80ddc4400450053004b0054004f0050002d003700"},
     "NTLM user=zo\\c3\\ab\\f0\\9f\\90\\8d token=ntlm workstation=DESKTOP-7 secret:1"
     "78 0:malformed"},
    {"NTLM: the name's offset wraps",
     "NTLM",
     {"cx 4e544c4d5353500003000000180018004800000028002800600000000e000e00880000000a0"
      "00a00ffffffff12001200a000000000000000b2000000358288e20a0063450000000f111111111"
      "111111111111111111111111111111111111111222222222222222222222222222222222222222"
      "2222222222222222222222222222222222222222243004f004e0054004f0053004f007a006f00e"
      "b003dd80ddc4400450053004b0054004f0050002d003700"},
     "NTLM domain=CONTOSO token=ntlm workstation=DESKTOP-7 secret:178 0:malformed"},
    {"NTLM: the name's length past the end",
     "NTLM",
     {"cx 4e544c4d5353500003000000180018004800000028002800600000000e000e0088000000fff"
      "f0a009600000012001200a000000000000000b2000000358288e20a0063450000000f111111111"
      "111111111111111111111111111111111111111222222222222222222222222222222222222222"
      "2222222222222222222222222222222222222222243004f004e0054004f0053004f007a006f00e"
      "b003dd80ddc4400450053004b0054004f0050002d003700"},
     "NTLM domain=CONTOSO token=ntlm workstation=DESKTOP-7 secret:178 0:malformed"},
    {"NTLM: a lone surrogate",
     "NTLM",
     {"cx 4e544c4d5353500003000000180018004800000028002800600000000e000e00880000000a0"
      "00a009600000012001200a000000000000000b2000000358288e20a0063450000000f111111111"
      "111111111111111111111111111111111111111222222222222222222222222222222222222222"
      "2222222222222222222222222222222222222222243004f004e0054004f0053004f007a006f00e"
      "b003dd80dff4400450053004b0054004f0050002d003700"},
     "NTLM user=zo\\c3\\ab\\ef\\bf\\bd\\ef\\bc\\8d domain=CONTOSO token=ntlm worksta"
     "tion=DESKTOP-7 secret:64"},
    {"NTLM: target information past the end",
     "NTLM",
     {"sx 4e544c4d53535000020000000e000e0038000000358289e20123456789abcdef00000000000"
      "000009e009e00f00000000a0063450000000f43004f004e0054004f0053004f0002000e0043004"
      "f004e0054004f0053004f0001000800450058003000310004001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c0065000300280065007800300031002e0063006f006e007"
      "4006f0073006f002e006500780061006d0070006c00650005001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c00650007000800000000000000000000000000"},
     "NTLM [ntlm_challenge target=CONTOSO os_version=10.0.17763] 0:malformed"},
    {"NTLM: a pair past the end",
     "NTLM",
     {"sx 4e544c4d53535000020000000e000e0038000000358289e20123456789abcdef00000000000"
      "000009e009e00460000000a0063450000000f43004f004e0054004f0053004f000200ff0043004"
      "f004e0054004f0053004f0001000800450058003000310004001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c0065000300280065007800300031002e0063006f006e007"
      "4006f0073006f002e006500780061006d0070006c00650005001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c00650007000800000000000000000000000000"},
     "NTLM [ntlm_challenge target=CONTOSO os_version=10.0.17763] 0:malformed"},
    {"NTLM: no end of the pairs",
     "NTLM",
     {"sx 4e544c4d53535000020000000e000e0038000000358289e20123456789abcdef00000000000"
      "000009a009e00460000000a0063450000000f43004f004e0054004f0053004f0002000e0043004"
      "f004e0054004f0053004f0001000800450058003000310004001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c0065000300280065007800300031002e0063006f006e007"
      "4006f0073006f002e006500780061006d0070006c00650005001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c00650007000800000000000000000000000000"},
     "NTLM netbios_domain=CONTOSO netbios_host=EX01 [ntlm_challenge target=CONTOSO d"
     "ns_domain=contoso.example dns_host=ex01.contoso.example os_version=10.0.17763]"
     " 0:malformed"},
    {"NTLM: another signature",
     "NTLM",
     {"cx 4e544c4d53535058 03000000"},
     "NTLM secret:12 0:malformed"},
    {"NTLM: another type",
     "NTLM",
     {"cx 4e544c4d53535000 07000000", "sx 4e544c4d53535000 03000000"},
     "NTLM token=ntlm [other] secret:12 0:malformed 1:malformed"},
    {"NTLM: the signature alone",
     "NTLM",
     {"cx 4e544c4d53535000", "sx 4e544c4d53535000"},
     "NTLM token=ntlm [other] secret:8 0:malformed 1:malformed"},
    {"NTLM: an answer cut behind its type",
     "NTLM",
     {"cx 4e544c4d53535000 03000000"},
     "NTLM token=ntlm secret:12 0:malformed"},
    {"NTLM: an empty answer", "NTLM", {"S ", "C "}, "NTLM [empty] 1:empty"},
    {"NTLM: an old client without flags",
     "NTLM",
     {"sx 4e544c4d5353500002000000 0c000c0038000000 328202e2 0123456789abcdef 0000000"
      "000000000 0000000000000000 060070170000000f 530065007200760065007200",
      "cx 4e544c4d5353500003000000 0000000034000000 0000000034000000 0300030034000000"
      " 0300030037000000 020002003a000000 444f4d74696d5043"},
     "NTLM user=tim domain=DOM token=ntlm workstation=PC [ntlm_challenge target=S\\0"
     "0e\\00r\\00v\\00e\\00r\\00 os_version=6.0.6000]"},
    {"GSS-SPNEGO: NTLM inside",
     "GSS-SPNEGO",
     {"ix 604906062b0601050502a03f303da00e300c060a2b06010401823702020aa22b04294e544c4"
      "d535350000100000002220000000000000000000009000900200000004445534b544f502d37",
      "sx a181f23081efa0030a0101a281e70481e44e544c4d53535000020000000e000e00380000003"
      "58289e20123456789abcdef00000000000000009e009e00460000000a0063450000000f43004f0"
      "04e0054004f0053004f0002000e0043004f004e0054004f0053004f00010008004500580030003"
      "10004001e0063006f006e0074006f0073006f002e006500780061006d0070006c0065000300280"
      "065007800300031002e0063006f006e0074006f0073006f002e006500780061006d0070006c006"
      "50005001e0063006f006e0074006f0073006f002e006500780061006d0070006c0065000700080"
      "0000000000000000000000000",
      "cx a181c03081bda0030a0101a281b50481b24e544c4d535350000300000018001800480000002"
      "8002800600000000e000e00880000000a000a009600000012001200a000000000000000b200000"
      "0358288e20a0063450000000f11111111111111111111111111111111111111111111111122222"
      "222222222222222222222222222222222222222222222222222222222222222222222222222430"
      "04f004e0054004f0053004f007a006f00eb003dd80ddc4400450053004b0054004f0050002d003"
      "700",
      "sx a1073005a0030a0100", "C "},
     "GSS-SPNEGO initial user=zo\\c3\\ab\\f0\\9f\\90\\8d domain=CONTOSO token=ntlm w"
     "orkstation=DESKTOP-7 netbios_domain=CONTOSO netbios_host=EX01 [ntlm_challenge "
     "target=CONTOSO dns_domain=contoso.example dns_host=ex01.contoso.example os_ver"
     "sion=10.0.17763] [token] secret:64"},
    {"GSS-SPNEGO: NTLM without SPNEGO",
     "GSS-SPNEGO",
     {"ix 4e544c4d535350000100000002220000000000000000000009000900200000004445534b544"
      "f502d37",
      "sx 4e544c4d53535000020000000e000e0038000000358289e20123456789abcdef00000000000"
      "000009e009e00460000000a0063450000000f43004f004e0054004f0053004f0002000e0043004"
      "f004e0054004f0053004f0001000800450058003000310004001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c0065000300280065007800300031002e0063006f006e007"
      "4006f0073006f002e006500780061006d0070006c00650005001e0063006f006e0074006f00730"
      "06f002e006500780061006d0070006c00650007000800000000000000000000000000",
      "cx 4e544c4d5353500003000000180018004800000028002800600000000e000e00880000000a0"
      "00a009600000012001200a000000000000000b2000000358288e20a0063450000000f111111111"
      "111111111111111111111111111111111111111222222222222222222222222222222222222222"
      "2222222222222222222222222222222222222222243004f004e0054004f0053004f007a006f00e"
      "b003dd80ddc4400450053004b0054004f0050002d003700"},
     "GSS-SPNEGO initial user=zo\\c3\\ab\\f0\\9f\\90\\8d domain=CONTOSO token=ntlm w"
     "orkstation=DESKTOP-7 netbios_domain=CONTOSO netbios_host=EX01 [ntlm_challenge "
     "target=CONTOSO dns_domain=contoso.example dns_host=ex01.contoso.example os_ver"
     "sion=10.0.17763] secret:64"},
    {"GSS-SPNEGO: Kerberos inside",
     "GSS-SPNEGO",
     {"S GSS-SPNEGO supported",
      "cx 608201c206062b0601050502a08201b6308201b2a00d300b06092a864886f712010202a2820"
      "19f0482019b6082019706092a864886f71201020201006e82018630820182a003020105a103020"
      "10ea20703050000000000a38201226182011e3082011aa003020105a1111b0f434f4e544f534f2"
      "e4558414d504c45a2273025a003020101a11e301c1b04534d54501b14657830312e636f6e746f7"
      "36f2e6578616d706c65a381d63081d3a003020112a281cb0481c8eeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeea4473045a003020"
      "112a23e043cddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
      "ddddddddddddddddddddddddddddddddddddddddddddddddddddd",
      "sx a1073005a0030a0100"},
     "GSS-SPNEGO token=krb5_ap_req realm=CONTOSO.EXAMPLE service=SMTP/ex01.contoso.e"
     "xample [other text=GSS-SPNEGO supported] [token] secret:454"},
    {"GSSAPI: ticket, mutual authentication, authzid in the clear",
     "GSSAPI",
     {"S ",
      "cx 6082019706092a864886f71201020201006e82018630820182a003020105a10302010ea2070"
      "3050000000000a38201226182011e3082011aa003020105a1111b0f434f4e544f534f2e4558414"
      "d504c45a2273025a003020101a11e301c1b04534d54501b14657830312e636f6e746f736f2e657"
      "8616d706c65a381d63081d3a003020112a281cb0481c8eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeea4473045a003020112a23e0"
      "43cddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
      "ddddddddddddddddddddddddddddddddddddddddddddd",
      "sx 601606092a864886f71201020202006f073005a003020105", "C ",
      "sx 050401ff000c0000000000000000000001000000999999999999999999999999",
      "cx 050400ff000c000000000000000000010100000061646d696e999999999999999999999999"},
     "GSSAPI authzid=admin token=krb5_ap_req realm=CONTOSO.EXAMPLE service=SMTP/ex01"
     ".contoso.example [empty] [token] [token] secret:37"},
    {"GSSAPI: a token in the command",
     "GSSAPI",
     {"ix 601606092a864886f71201020202006f073005a003020105"},
     "GSSAPI initial token=krb5_ap_rep secret:24"},
    {"GSSAPI: a token turned by its checksum",
     "GSSAPI",
     {"cx 050400ff000c000c00000000000000019999999999999999999999990100000061646d696e"},
     "GSSAPI authzid=admin token=krb5_wrap secret:37"},
    {"GSSAPI: a sealed token shows nothing",
     "GSSAPI",
     {"cx 050402ff000c000000000000000000010100000061646d696e999999999999999999999999"},
     "GSSAPI token=krb5_wrap secret:37"},
    {"GSSAPI: a checksum longer than the token",
     "GSSAPI",
     {"cx 050400ffffff000000000000000000010100000061646d696e999999999999999999999999"},
     "GSSAPI token=krb5_wrap secret:37 0:malformed"},
    {"GSSAPI: a wrapped token cut in its head",
     "GSSAPI",
     {"cx 050400ff000c0000"},
     "GSSAPI token=krb5_wrap secret:8 0:malformed"},
    {"GSSAPI: a ticket cut",
     "GSSAPI",
     {"cx 6082019706092a864886f71201020201006e82018630820182a003020105a10302010ea2070"
      "3050000000000a38201226182011e3082011aa003020105a1111b0f434f4e544f534f2e4558414"
      "d504c45a2273025a003020101a11e301c1b04534d54501b"},
     "GSSAPI token=gss secret:100 0:malformed"},
    {"GSSAPI: an endless length",
     "GSSAPI",
     {"cx 6084ffffffff06", "cx 6085ffffffffff06", "cx 6080", "cx 60"},
     "GSSAPI token=gss secret=` 0:malformed 1:malformed 2:malformed 3:malformed"},
    {"GSSAPI: another mechanism", "GSSAPI", {"cx 600706032a030405ff"}, "GSSAPI token=gss secret:9"},
    {"GSSAPI: no token",
     "GSSAPI",
     {"c hello", "s hello"},
     "GSSAPI [other] secret=hello 0:malformed 1:malformed"},
    {"GSSAPI: an empty first answer", "GSSAPI", {"S ", "C "}, "GSSAPI [empty] 1:empty"},
    {"KERBEROS_V4, RFC 1731",
     "KERBEROS_V4",
     {"S AmFYig==",
      "C "
      "BAcAQU5EUkVXLkNNVS5FRFUAOCAsho84kLN3/IJmrMG+25a4DT+nZImJjnTNHJUtxAA+o0KPKfHEcAFs9a3CL5Oebe/"
      "ydHJUwYFdWwuQ1MWiy6IesKvjL5rL9WjXUb9MwT9bpObYLGOKi1Qh",
      "S or//EoAADZI=", "C DiAF5A4gA+oOIALuBkAAmw=="},
     "KERBEROS_V4 token=krb4 realm=ANDREW.CMU.EDU [token] [token] secret:16"},
    {"KERBEROS_V4: the realm stands in the clear",
     "KERBEROS_V4",
     {"sx 00112233", "cx 04060154 45 53 54 2e 45 58 00 7f7f aabbccdd", "sx 0011223344556677",
      "cx 8899aabbccddeeff"},
     "KERBEROS_V4 token=krb4 realm=TEST.EX [token] [token] secret:8"},
    {"KERBEROS_V4: a ticket in the command",
     "KERBEROS_V4",
     {"ix 04060154 45 53 54 2e 45 58 00 7f7f aabbccdd"},
     "KERBEROS_V4 initial token=krb4 realm=TEST.EX secret:17"},
    {"KERBEROS_V4: no ticket",
     "KERBEROS_V4",
     {"sx 001122", "cx 0406015445"},
     "KERBEROS_V4 [token] secret:5 0:malformed 1:malformed"},
    {"XOAUTH2, Google's example",
     "XOAUTH2",
     {"i user=someuser@example.com^Aauth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdG"
      "EuY29tCg^A^A"},
     "XOAUTH2 initial exposed user=someuser@example.com secret=ya29.vF9dft4qmTc2Nvb3"
     "RlckBhdHRhdmlzdGEuY29tCg"},
    {"XOAUTH2, Microsoft's example, refused",
     "XOAUTH2",
     {"S ",
      "c user=test@contoso.onmicrosoft.com^Aauth=Bearer EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZ"
      "WCclRC3EoAA^A^A",
      "s {\"status\":\"400\",\"schemes\":\"Bearer\",\"scope\":\"https://outlook.offic"
      "e365.com/\"}",
      "C "},
     "XOAUTH2 exposed user=test@contoso.onmicrosoft.com [empty] [error status=400 sc"
     "ope=https://outlook.office365.com/] secret=EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC"
     "3EoAA"},
    {"OAUTHBEARER, RFC 7628, refused",
     "OAUTHBEARER",
     {"i n,a=user@example.com,^Ahost=server.example.com^Aport=587^Aauth=Bearer vF9dft"
      "4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^A^A",
      "s {\"status\":\"invalid_token\",\"scope\":\"example_scope\",\"openid-configura"
      "tion\":\"https://example.com/.well-known/openid-configuration\"}",
      "C AQ=="},
     "OAUTHBEARER initial exposed user=user@example.com host=server.example.com port"
     "=587 [error status=invalid_token scope=example_scope] secret=vF9dft4qmTc2Nvb3R"
     "lckBhbHRhdmlzdGEuY29tCg=="},
    {"OAUTHBEARER: no name",
     "OAUTHBEARER",
     {"i n,,^Aauth=Bearer token^A^A"},
     "OAUTHBEARER initial exposed secret=token"},
    {"OAUTHBEARER: a name with escapes",
     "OAUTHBEARER",
     {"i y,a=a=2Cb=3D,^Aauth=Bearer token^A^A"},
     "OAUTHBEARER initial exposed user=a,b= secret=token"},
    {"OAUTHBEARER: the name where XOAUTH2 has it",
     "OAUTHBEARER",
     {"i n,,^Auser=tim^Aauth=Bearer token^A^A"},
     "OAUTHBEARER initial exposed user=tim secret=token"},
    {"OAUTHBEARER: a port that is none",
     "OAUTHBEARER",
     {"i n,a=tim,^Aport=70000^Aauth=Bearer token^A^A"},
     "OAUTHBEARER initial exposed user=tim secret:39 0:malformed"},
    {"OAUTHBEARER: no header",
     "OAUTHBEARER",
     {"i user=tim^Aauth=Bearer token^A^A"},
     "OAUTHBEARER initial secret:28 0:malformed"},
    {"OAUTHBEARER: no token",
     "OAUTHBEARER",
     {"i n,a=tim,^Ahost=x^A^A"},
     "OAUTHBEARER initial secret:17 0:malformed"},
    {"XOAUTH2: no token", "XOAUTH2", {"i user=tim^A^A"}, "XOAUTH2 initial secret:10 0:malformed"},
    {"XOAUTH2: an empty token",
     "XOAUTH2",
     {"i user=tim^Aauth=Bearer ^A^A"},
     "XOAUTH2 initial user=tim 0:empty"},
    {"XOAUTH2: a token without its scheme",
     "XOAUTH2",
     {"i user=tim^Aauth=token^A^A"},
     "XOAUTH2 initial exposed user=tim secret=token"},
    {"XOAUTH2: no name",
     "XOAUTH2",
     {"i user=^Aauth=Bearer token^A^A"},
     "XOAUTH2 initial exposed secret=token 0:empty"},
    {"XOAUTH2: the fields turned round",
     "XOAUTH2",
     {"i auth=Bearer token^Auser=tim^A^A"},
     "XOAUTH2 initial secret:28 0:malformed"},
    {"XOAUTH2: acknowledged before anything was said",
     "XOAUTH2",
     {"S ", "C AQ=="},
     "XOAUTH2 [empty] 1:empty"},
    {"OAuth: JSON with numbers, blanks, nesting and escapes",
     "XOAUTH2",
     {"i user=tim^Aauth=Bearer tokentoken^A^A",
      "s { \"x\": {\"status\":\"no\",\"a\":[\"status\",{\"scope\":1}]}, \"status\" : "
      "401 , \"scope\":\"a\\u00e9\\/\\\"\\n\\ud800\" }",
      "C "},
     "XOAUTH2 initial exposed user=tim [error status=401 scope=a\\c3\\a9/\"\\0a\\ef"
     "\\bf\\bd] secret=tokentoken"},
    {"OAuth: JSON cut short",
     "XOAUTH2",
     {"i user=tim^Aauth=Bearer tokentoken^A^A", "s {\"status\":\"40", "C "},
     "XOAUTH2 initial exposed user=tim [error status=40] secret=tokentoken"},
    {"OAuth: JSON without what is looked for",
     "XOAUTH2",
     {"i user=tim^Aauth=Bearer tokentoken^A^A", "s {\"schemes\":\"bearer\"}", "C "},
     "XOAUTH2 initial exposed user=tim [error text={\"schemes\":\"bearer\"}] secret="
     "tokentoken"},
    {"OAuth: an error that is no JSON",
     "XOAUTH2",
     {"i user=tim^Aauth=Bearer tokentoken^A^A", "s go away", "C "},
     "XOAUTH2 initial exposed user=tim [error text=go away] secret=tokentoken 1:malf"
     "ormed"},
    {"OAuth: an error that repeats the token",
     "XOAUTH2",
     {"i user=tim^Aauth=Bearer tokentoken^A^A", "s {\"status\":\"401\",\"scope\":\"tokentoken\"}",
      "C "},
     "XOAUTH2 initial exposed user=tim [error status=401] secret=tokentoken"},
    {"OAuth: an error that repeats the token's head",
     "XOAUTH2",
     {"i user=tim^Aauth=Bearer tokentoken^A^A", "s bad token tokentok...", "C "},
     "XOAUTH2 initial exposed user=tim [error] secret=tokentoken 1:malformed"},
    {"OAuth: words before the token are no error",
     "XOAUTH2",
     {"s go ahead", "i user=tim^Aauth=Bearer tokentoken^A^A"},
     "XOAUTH2 initial exposed user=tim [other text=go ahead] secret=tokentoken"},
    {"EXTERNAL: whom to act as",
     "EXTERNAL",
     {"i fred@example.com"},
     "EXTERNAL initial authzid=fred@example.com"},
    {"EXTERNAL: nobody else", "EXTERNAL", {"I ="}, "EXTERNAL initial"},
    {"EXTERNAL: asked first", "EXTERNAL", {"S ", "C "}, "EXTERNAL [empty]"},
    {"EXTERNAL: a NUL", "EXTERNAL", {"i a^@b"}, "EXTERNAL initial secret:3 0:malformed"},
    {"EXTERNAL: after a gap", "EXTERNAL", {"G", "c fred"}, "EXTERNAL secret=fred"},
    {"ANONYMOUS, RFC 4505: the trace is nobody's name",
     "ANONYMOUS",
     {"S ", "C c2lyaGM="},
     "ANONYMOUS trace=sirhc [empty]"},
    {"ANONYMOUS: no trace", "ANONYMOUS", {"I ="}, "ANONYMOUS initial"},
    {"unknown: every answer is a secret",
     "x-Secret.Handshake",
     {"s who goes there?", "c a friend", "sx 00ff", "c open sesame"},
     "X-SECRET.HANDSHAKE [other text=who goes there?] [other] secret=open sesame"},
    {"unknown: no name at all", "", {"s ?", "c x"}, " [other text=?] secret=x"},
};

static const struct play SASL_CAPTURED[] = {
    {"auth-abandoned 1", "LOGIN", {"S VXNlcm5hbWU6"}, "LOGIN [username_prompt text=Username:]"},
    {"auth-abandoned 2",
     "LOGIN",
     {"S VXNlcm5hbWU6", "C YWxpY2U=", "S UGFzc3dvcmQ6"},
     "LOGIN user=alice [username_prompt text=Username:] [password_prompt text=Passwo"
     "rd:]"},
    {"auth-anonymous 1", "ANONYMOUS", {"I dHJhY2U="}, "ANONYMOUS initial trace=trace"},
    {"auth-anonymous 2", "ANONYMOUS", {"S ", "C dHJhY2U="}, "ANONYMOUS trace=trace [empty]"},
    {"auth-answers-like-commands 1",
     "LOGIN",
     {"S VXNlcm5hbWU6", "C QUIT", "S UGFzc3dvcmQ6", "C RSET"},
     "LOGIN exposed user=AB\\13 [username_prompt text=Username:] [password_prompt te"
     "xt=Password:] secret:3"},
    {"auth-answers-like-commands 2",
     "LOGIN",
     {"S VXNlcm5hbWU6", "C eHlo", "S UGFzc3dvcmQ6", "C MAIL"},
     "LOGIN exposed user=xyh [username_prompt text=Username:] [password_prompt text="
     "Password:] secret:3"},
    {"auth-before-ehlo 1",
     "LOGIN",
     {"S VXNlcm5hbWU6", "C YWxpY2U=", "S UGFzc3dvcmQ6", "C V29uZGVyLUxhbmQtNw=="},
     "LOGIN exposed user=alice [username_prompt text=Username:] [password_prompt tex"
     "t=Password:] secret=Wonder-Land-7"},
    {"auth-cancelled-exim 1",
     "LOGIN",
     {"S VXNlcm5hbWU6", "C *"},
     "LOGIN cancelled [username_prompt text=Username:]"},
    {"auth-cancelled-exim 2",
     "CRAM-MD5",
     {"S PDI0LjE3OTU0NjQ2MDhAbWFpbC5leGFtcGxlLm5ldD4=", "C *"},
     "CRAM-MD5 cancelled [nonce text=<24.1795464608@mail.example.net> host=mail.exam"
     "ple.net]"},
    {"auth-cancelled-postfix 2",
     "CRAM-MD5",
     {"S PDI4Mzc0MzYxNTAuMzAyNjAyQG1haWwuZXhhbXBsZS5uZXQ+", "C *"},
     "CRAM-MD5 cancelled [nonce text=<2837436150.302602@mail.example.net> host=mail."
     "example.net]"},
    {"auth-cram-md5-exim 1",
     "CRAM-MD5",
     {"S PDI0LjE3OTU0NjQ1MDhAbWFpbC5leGFtcGxlLm5ldD4=",
      "C YWxpY2UgNTY0YzhiMWY0Y2VjMTk4OGMzZDE2YzZmMTRjODFlZTc="},
     "CRAM-MD5 user=alice [nonce text=<24.1795464508@mail.example.net> host=mail.exa"
     "mple.net] secret=564c8b1f4cec1988c3d16c6f14c81ee7"},
    {"auth-cram-md5-exim 2",
     "CRAM-MD5",
     {"S PDI3LjE3OTU0NjQ1MDhAbWFpbC5leGFtcGxlLm5ldD4=",
      "C YWxpY2UgNGU0MTIyMjdhM2I3MzM1NTA1YjJiNWJiYzViMmQ1YTY="},
     "CRAM-MD5 user=alice [nonce text=<27.1795464508@mail.example.net> host=mail.exa"
     "mple.net] secret=4e412227a3b7335505b2b5bbc5b2d5a6"},
    {"auth-cram-md5-postfix 1",
     "CRAM-MD5",
     {"S PDE2MjA2MTI1OS4zMDI1MDFAbWFpbC5leGFtcGxlLm5ldD4=",
      "C YWxpY2UgNDMwYmQ5Y2E2NjM5Y2IyYWFlZmE5MWE5OTU1Mjc3OTU="},
     "CRAM-MD5 user=alice [nonce text=<162061259.302501@mail.example.net> host=mail."
     "example.net] secret=430bd9ca6639cb2aaefa91a995527795"},
    {"auth-cram-md5-postfix 2",
     "CRAM-MD5",
     {"S PDE1NzcwMDUzMTkuMzAyNTAxQG1haWwuZXhhbXBsZS5uZXQ+",
      "C YWxpY2UgMzVkZmYzMDc1YjQwNWIwYWJhMWIxOWQyZGIxOWNjOTQ="},
     "CRAM-MD5 user=alice [nonce text=<1577005319.302501@mail.example.net> host=mail"
     ".example.net] secret=35dff3075b405b0aba1b19d2db19cc94"},
    {"auth-digest-md5 1",
     "DIGEST-MD5",
     {"S bm9uY2U9InY0UDQzWHF0WEpLOUp4b3BjcFl0S0pvcXFkN05IUXRmVStYYzF5cjNMS009IixyZWFs"
      "bT0iZXhhbXBsZS5uZXQiLHFvcD0iYXV0aCIsY2hhcnNldD11dGYtOCxhbGdvcml0aG09bWQ1LXNlc3"
      "M=",
      "C Y2hhcnNldD11dGYtOCxjbm9uY2U9IjVmNzA0YTU4NjY4NDM4NWE4MWJkZDhjYzZmZTA4ZDNjIixk"
      "aWdlc3QtdXJpPSJzbXRwLzE5Mi4wLjIuMjUiLG5jPTAwMDAwMDAxLG5vbmNlPSJ2NFA0M1hxdFhKSz"
      "lKeG9wY3BZdEtKb3FxZDdOSFF0ZlUrWGMxeXIzTEtNPSIscW9wPWF1dGgscmVhbG09ImV4YW1wbGUu"
      "bmV0IixyZXNwb25zZT0xOTRlMjMwMjU0M2E0YTcyOGZkMTgyYjhlZTk3ZjQ5Yyx1c2VybmFtZT0iYW"
      "xpY2Ui",
      "S cnNwYXV0aD0yNzg4ZTRkMWJkYTEwNmNhMGM5OTUyMGZkZmE4NmM0MQ==", "C "},
     "DIGEST-MD5 user=alice domain=example.net realm=example.net service=smtp/192.0."
     "2.25 qop=auth algorithm=md5-sess [nonce realm=example.net] [server_final] secr"
     "et=194e2302543a4a728fd182b8ee97f49c"},
    {"auth-digest-md5 2",
     "DIGEST-MD5",
     {"S bm9uY2U9ImgvTXRBSUJjRThlZzVZMnp5SXBxeEtpNmczZHBXZHVHSjFFWWxSWUhRcm89IixyZWFs"
      "bT0iZXhhbXBsZS5uZXQiLHFvcD0iYXV0aCIsY2hhcnNldD11dGYtOCxhbGdvcml0aG09bWQ1LXNlc3"
      "M=",
      "C Y2hhcnNldD11dGYtOCxjbm9uY2U9IjlkNmZlOWQyNWU4ZmQyN2Q1NjViNjgzNmUwZjI5MWY0Iixk"
      "aWdlc3QtdXJpPSJzbXRwLzE5Mi4wLjIuMjUiLG5jPTAwMDAwMDAxLG5vbmNlPSJoL010QUlCY0U4ZW"
      "c1WTJ6eUlwcXhLaTZnM2RwV2R1R0oxRVlsUllIUXJvPSIscW9wPWF1dGgscmVhbG09ImV4YW1wbGUu"
      "bmV0IixyZXNwb25zZT04MmVmZWNiZWU2ZjcxNGQ5M2U0YzA2NjlmYTUyYjg1Yyx1c2VybmFtZT0iYW"
      "xpY2Ui"},
     "DIGEST-MD5 user=alice domain=example.net realm=example.net service=smtp/192.0."
     "2.25 qop=auth algorithm=md5-sess [nonce realm=example.net] secret=82efecbee6f7"
     "14d93e4c0669fa52b85c"},
    {"auth-external 1", "EXTERNAL", {"I YWxpY2U="}, "EXTERNAL initial authzid=alice"},
    {"auth-external 2", "EXTERNAL", {"I ="}, "EXTERNAL initial"},
    {"auth-gssapi 1",
     "GSSAPI",
     {"S ",
      "C YIIC0QYJKoZIhvcSAQICAQBuggLAMIICvKADAgEFoQMCAQ6iBwMFAAAAAACjggHUYYIB0DCCAcyg"
      "AwIBBaENGwtFWEFNUExFLk5FVKIjMCGgAwIBA6EaMBgbBHNtdHAbEG1haWwuZXhhbXBsZS5uZXSjgg"
      "GPMIIBi6ADAgESoQMCAQKiggF9BIIBeVXNfnLbsVlHMe8ECdmZNToyj1kdJ1Q5NZVbX/RQUG+Qrhx0"
      "98EayOVcdy/czr/LnChlvIIT9eTRFMZ8NzRHXp5nphn1nuANI3NojG2mHSxG8SRRMAdyDHHcDlp+PO"
      "gaWTQ47JVuhlcBZVeyjrq2wy1F5lBDFy9VlLszQkeqfPwSNKZ+g8cR9Vod/wEw7bG9z/ujn4WdH/vX"
      "wI+Cy4NUW0wPXp9hlsBPpP9kGq+qNP678iwTqSm0aD7qRKgexV0JkS4qqYdD3FYCw8MO+K7n9H2wVo"
      "r2/SRi6dhBQprT8qsjfsXtPkYk/8Ny3PT1ior40GO42HZ364yRhnE/uUr63EEwgfMGqr2eFylIXN6I"
      "abGCE5MEPpuDU4utG5b8hjDC/y9WbtU5+zr7JM4+g5xo7kn/gzGKFYlbLJHREA6gm9B6C5FTm56UND"
      "R2CqyG0UpzB3fneMV54Mty1BzrTFg8FU7+KxJzVU77Thel4WC4HtHVz6/TmeFway6+pIHOMIHLoAMC"
      "ARKigcMEgcCrWmJ/AnJmUz74X5klwMr7u0XsfgUF01V4ozxPxPJCDI0UO478I8szev0Z8aYnLUt7mQ"
      "eAK4egccBJ+uQZc/kLHsdd2meNacJZ83H1dsWNP5Y7H0uCdSOcEtnAJuMsi+C0xfr1lD4HvxJnX5y4"
      "cvgb5b5CxY6uH2YKSvHPZjPjKaMzutd4+2EwrH2iI2uIAdATF3TNVteZCBs61XQljfHJZmumWq/ft2"
      "FyIxjKmadLRiR+slCzEvGyz/sYPYLdQBY=",
      "S BQQB/wAMAAAAAAAAPmZ2TwEAAABXTQgMkhIzIo9VxyU=",
      "C BQQA/wAMAAAAAAAAPmZ2TwEAAADm2qabW00PkmKDmQY="},
     "GSSAPI token=krb5_ap_req realm=EXAMPLE.NET service=smtp/mail.example.net [empt"
     "y] [token] secret:32"},
    {"auth-invalid-base64 1",
     "PLAIN",
     {"I not-base-64!"},
     "PLAIN initial secret=not-base-64! 0:alphabet"},
    {"auth-invalid-base64 2",
     "LOGIN",
     {"S VXNlcm5hbWU6", "C {}"},
     "LOGIN [username_prompt text=Username:] secret={} 1:alphabet"},
    {"auth-login-initial-response 1",
     "LOGIN",
     {"I YWxpY2U=", "S UGFzc3dvcmQ6", "C V29uZGVyLUxhbmQtNw=="},
     "LOGIN initial exposed user=alice [password_prompt text=Password:] secret=Wonde"
     "r-Land-7"},
    {"auth-ntlm 1",
     "NTLM",
     {"S ", "C TlRMTVNTUAABAAAAB6IAAAAAAAAAAAAAAAAAAAAAAAA=",
      "S TlRMTVNTUAACAAAAIAAgADAAAAAFogIAvrlgJsSZVU0AAAAAAAAAAAAAAAAAAAAATQBBAEkATAAu"
      "AEUAWABBAE0AUABMAEUALgBOAEUAVAA=",
      "C TlRMTVNTUAADAAAAGAAYAEAAAAAYABgAWAAAACAAIABwAAAACgAKAJAAAAAKAAoAmgAAAAAAAABk"
      "AAAABaICAEHfkAeOjuCAHtyUfg9uDg3RJruZUW5nwvMy5tIzuM1YV3vrC3/PEJfrQaiRXFh5nE0AQQ"
      "BJAEwALgBFAFgAQQBNAFAATABFAC4ATgBFAFQAYQBsAGkAYwBlAGEAbABpAGMAZQA="},
     "NTLM user=alice domain=MAIL.EXAMPLE.NET token=ntlm workstation=alice [empty] ["
     "ntlm_challenge target=MAIL.EXAMPLE.NET] secret:48"},
    {"auth-ntlm 2",
     "NTLM",
     {"S ", "C TlRMTVNTUAABAAAAB6IAAAAAAAAAAAAAAAAAAAAAAAA=",
      "S TlRMTVNTUAACAAAAIAAgADAAAAAFogIASiZiBcRFNcYAAAAAAAAAAAAAAAAAAAAATQBBAEkATAAu"
      "AEUAWABBAE0AUABMAEUALgBOAEUAVAA=",
      "C TlRMTVNTUAADAAAAGAAYAEAAAAAYABgAWAAAACAAIABwAAAACgAKAJAAAAAKAAoAmgAAAAAAAABk"
      "AAAABaICANxsHZalknPgAXGHq1fSA0GKCz2wTbCrX9mM6QgyfiV8yKhqywzp0b+iqvYFTLlLyk0AQQ"
      "BJAEwALgBFAFgAQQBNAFAATABFAC4ATgBFAFQAYQBsAGkAYwBlAGEAbABpAGMAZQA="},
     "NTLM user=alice domain=MAIL.EXAMPLE.NET token=ntlm workstation=alice [empty] ["
     "ntlm_challenge target=MAIL.EXAMPLE.NET] secret:48"},
    {"auth-oauthbearer 1",
     "OAUTHBEARER",
     {"S ", "C bixhPWFsaWNlLAFob3N0PTE5Mi4wLjIuMjUBcG9ydD01ODcBYXV0aD1CZWFyZXIgZXlKaGJHY2lP"
            "aUpJVXpJMU5pSXNJblI1Y0NJNklrcFhWQ0o5LmV5SnpkV0lpT2lKaGJHbGpaU0lzSW1WNGNDSTZORE"
            "V3TWpRME5EZ3dNSDAuVFdEdUsteTJ2c0w4alNieHBtc2FQZE9SQUxNSWJRNnRmLTF2Tno5MVFuUQEB"},
     "OAUTHBEARER exposed user=alice host=192.0.2.25 port=587 [empty] secret:124"},
    {"auth-oauthbearer 2",
     "OAUTHBEARER",
     {"S ",
      "C bixhPWFsaWNlLAFob3N0PTE5Mi4wLjIuMjUBcG9ydD01ODcBYXV0aD1CZWFyZXIgZXlKaGJHY2lP"
      "aUpJVXpJMU5pSXNJblI1Y0NJNklrcFhWQ0o5LmV5SnpkV0lpT2lKaGJHbGpaU0lzSW1WNGNDSTZORE"
      "V3TWpRME5EZ3dNSDAuVXpuNURsYmFYYmxTV0I0SU1KaE8yYnBnT3RlS1RwaHcwOWRFOGk3aFJzbwEB",
      "S eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=", "C AQ=="},
     "OAUTHBEARER exposed user=alice host=192.0.2.25 port=587 [empty] [error status="
     "invalid_token] secret:124"},
    {"auth-plain-authzid 1",
     "PLAIN",
     {"I Ym9iAGFsaWNlAFdvbmRlci1MYW5kLTc="},
     "PLAIN initial exposed user=alice authzid=bob secret=Wonder-Land-7"},
    {"auth-plain-two-steps 1",
     "PLAIN",
     {"S ", "C AGFsaWNlAFdvbmRlci1MYW5kLTc="},
     "PLAIN exposed user=alice [empty] secret=Wonder-Land-7"},
    {"auth-plaintext-disabled 1",
     "PLAIN",
     {"I AGFsaWNlAFJlZC1RdWVlbi1Xcm9uZy0z"},
     "PLAIN initial exposed user=alice secret=Red-Queen-Wrong-3"},
    {"auth-scram-dovecot 1",
     "SCRAM-SHA-1",
     {"S ", "C biwsbj1hbGljZSxyPTdvbEpOenpMY2hkcDdKMGRqRkQrZlZ4Sw==",
      "S cj03b2xKTnp6TGNoZHA3SjBkakZEK2ZWeEt5ODk1VENiWlVVZFgnSmdTW29SVUQ2RUFOUys9KSg4"
      "OWxeZ3pfWlxUQXJaTmJgZjQrIiM2IV5gY04zI0dUSFktLHM9SGpSRGpTU1I0c0F0bzF2RlVBVGcvZz"
      "09LGk9NDA5Ng==",
      "C Yz1iaXdzLHI9N29sSk56ekxjaGRwN0owZGpGRCtmVnhLeTg5NVRDYlpVVWRYJ0pnU1tvUlVENkVB"
      "TlMrPSkoODlsXmd6X1pcVEFyWk5iYGY0KyIjNiFeYGNOMyNHVEhZLSxwPU9yNkx0Z3NlMlg5a2xvZG"
      "VSb25GYkxsL3hWND0=",
      "S dj02VFV1Q3BLdk5aTEhOcm1zSkVJakpDUTZRU0U9", "C "},
     "SCRAM-SHA-1 user=alice binding=n salt=16 [empty] [nonce iterations=4096] [serv"
     "er_final] secret=Or6Ltgse2X9klodeRonFbLl/xV4="},
    {"auth-scram-dovecot 2",
     "SCRAM-SHA-1",
     {"S ", "C biwsbj1hbGljZSxyPXY0QkhhVm5XVE9qaUpRY2hZRE52ZmhWKw==",
      "S cj12NEJIYVZuV1RPamlKUWNoWUROdmZoVis9dWwiJyJYSiMjPjFaIzNeQWZMb1lRem1ddF5FfDVl"
      "N10iOzFXdjtiLUt7W3NaQ1pbN1kuPjlGPUF0eF9+Qik4LHM9QzZZU0Z1bGw2OWhTb2doeCtjcFpSUT"
      "09LGk9NDA5Ng==",
      "C Yz1iaXdzLHI9djRCSGFWbldUT2ppSlFjaFlETnZmaFYrPXVsIiciWEojIz4xWiMzXkFmTG9ZUXpt"
      "XXReRXw1ZTddIjsxV3Y7Yi1Le1tzWkNaWzdZLj45Rj1BdHhffkIpOCxwPS9oREhYUHVWcWd4WWs0L3"
      "VIVTQyeXZFLzRURT0="},
     "SCRAM-SHA-1 user=alice binding=n salt=16 [empty] [nonce iterations=4096] secre"
     "t=/hDHXPuVqgxYk4/uHU42yvE/4TE="},
    {"auth-scram-dovecot 3",
     "SCRAM-SHA-256",
     {"S ", "C biwsbj1hbGljZSxyPUdqRUJxeEJrcVhsQ3ZzR0JSYytwMytlUw==",
      "S cj1HakVCcXhCa3FYbEN2c0dCUmMrcDMrZVNcZXolJEhATiUwcT1+TjYkeiZYVWgvJD1GMTxTVT80"
      "RlpNI0peeVZdNDFjZDZ0U1J7I2h9M3hhNCM9KngoJ2E8LHM9UmJmU040cFZLZFpGM3FZY0pRWWJ6UT"
      "09LGk9NDA5Ng==",
      "C Yz1iaXdzLHI9R2pFQnF4QmtxWGxDdnNHQlJjK3AzK2VTXGV6JSRIQE4lMHE9fk42JHomWFVoLyQ9"
      "RjE8U1U/NEZaTSNKXnlWXTQxY2Q2dFNSeyNofTN4YTQjPSp4KCdhPCxwPTRKOGgvL3ZBSXhhN1diOX"
      "Z6Q1dOSGc5N09zWlluNUNvRTlTbXpkcThyeEE9",
      "S dj1kRHFWYnF1RTJ0ZHJDM0QzNllnZmllS2NJaW9sVTMvZ1pTVGlJaHJ1MmJZPQ==", "C "},
     "SCRAM-SHA-256 user=alice binding=n salt=16 [empty] [nonce iterations=4096] [se"
     "rver_final] secret=4J8h//vAIxa7Wb9vzCWNHg97OsZYn5CoE9Smzdq8rxA="},
    {"auth-scram-dovecot 4",
     "SCRAM-SHA-256",
     {"S ", "C biwsbj1hbGljZSxyPWVETDYxZjdmMEZ5Yk1DMXJQWmptVmZ0aQ==",
      "S cj1lREw2MWY3ZjBGeWJNQzFyUFpqbVZmdGlEdlA1b15CN2I3V3lsdXZMej52UikmTldvaCdDR0x4"
      "QVEmPjxxS3NDajsnP0Z3djNVWFpuZFNrJ1R7YX45JjYpLHM9QWV6NjJkdXZ4K3V6ei9CRnhTYmVZQT"
      "09LGk9NDA5Ng==",
      "C Yz1iaXdzLHI9ZURMNjFmN2YwRnliTUMxclBaam1WZnRpRHZQNW9eQjdiN1d5bHV2THo+dlIpJk5X"
      "b2gnQ0dMeEFRJj48cUtzQ2o7Jz9Gd3YzVVhabmRTaydUe2F+OSY2KSxwPVpLcjQzc01RZUZvZEptZV"
      "l5Nm5BRXdMclR3UlEzYU53Y1J5NFE3SmhWTW89"},
     "SCRAM-SHA-256 user=alice binding=n salt=16 [empty] [nonce iterations=4096] sec"
     "ret=ZKr43sMQeFodJmeYy6nAEwLrTwRQ3aNwcRy4Q7JhVMo="},
    {"auth-scram-postfix 1",
     "SCRAM-SHA-1",
     {"S ", "C biwsbj1hbGljZSxyPVFDVDNaY3FlMDlNL0RKLzVmUll1WWpQdQ==",
      "S cj1RQ1QzWmNxZTA5TS9ESi81ZlJZdVlqUHVNQVZQL0RFQWlDRkZEYUdOazJRcUxXVlE1R25GM1FK"
      "NixzPUo1MmpIL0pXNWZYRytyMnpTYXRUcVZUdkRNbz0saT00MDk2",
      "C Yz1iaXdzLHI9UUNUM1pjcWUwOU0vREovNWZSWXVZalB1TUFWUC9ERUFpQ0ZGRGFHTmsyUXFMV1ZR"
      "NUduRjNRSjYscD1FS1JYbUwwS3M1Y2pDY0F1TytJRFU4eXhrRVk9",
      "S dj1kZmIwZ1kzbDYwa1RFRVh5Y0JveCthUllXRk09", "C "},
     "SCRAM-SHA-1 user=alice binding=n salt=20 [empty] [nonce iterations=4096] [serv"
     "er_final] secret=EKRXmL0Ks5cjCcAuO+IDU8yxkEY="},
    {"auth-scram-postfix 2",
     "SCRAM-SHA-1",
     {"S ", "C biwsbj1hbGljZSxyPWJSTUo0V0EyZjI4enFPMHpwTm9rKzZ0YQ==",
      "S cj1iUk1KNFdBMmYyOHpxTzB6cE5vays2dGFIKzlwWWZzRzNWN2gvRFFUZWZieEJUY2huRE91WTM4"
      "ZixzPUo1MmpIL0pXNWZYRytyMnpTYXRUcVZUdkRNbz0saT00MDk2",
      "C Yz1iaXdzLHI9YlJNSjRXQTJmMjh6cU8wenBOb2srNnRhSCs5cFlmc0czVjdoL0RRVGVmYnhCVGNo"
      "bkRPdVkzOGYscD01OUJtaUtBOS9XcWhiNm5oazhPTzE0UEJZdG89"},
     "SCRAM-SHA-1 user=alice binding=n salt=20 [empty] [nonce iterations=4096] secre"
     "t=59BmiKA9/Wqhb6nhk8OO14PBYto="},
    {"auth-scram-postfix 3",
     "SCRAM-SHA-256",
     {"S ", "C biwsbj1hbGljZSxyPWE1NzBSbGlEbHZwMFEwZkQwcjdLcDdxQw==",
      "S cj1hNTcwUmxpRGx2cDBRMGZEMHI3S3A3cUN5Y3VhMVZ3OGZwbFlLS0JNK2VZU3ZvUUJGZDdSVGwv"
      "RixzPVFEOU41MGFsQ3VQRVdIRzM0b1FiQkl6b1hxNFlCeDM3TGxweHZqWnd6dU09LGk9NDA5Ng==",
      "C Yz1iaXdzLHI9YTU3MFJsaURsdnAwUTBmRDByN0twN3FDeWN1YTFWdzhmcGxZS0tCTStlWVN2b1FC"
      "RmQ3UlRsL0YscD02SVdCZS9Jd0ZJUitkNCs4VHRkMXFldUhjMlh3VXlvTnRaQU5kMlFXNkkwPQ==",
      "S dj1mQmFYa0Z5ekx1VlcvV1VPT05FcU1VczhKb2xOMlFMY1FuaEc0aUczeTdRPQ==", "C "},
     "SCRAM-SHA-256 user=alice binding=n salt=32 [empty] [nonce iterations=4096] [se"
     "rver_final] secret=6IWBe/IwFIR+d4+8Ttd1qeuHc2XwUyoNtZANd2QW6I0="},
    {"auth-scram-postfix 4",
     "SCRAM-SHA-256",
     {"S ", "C biwsbj1hbGljZSxyPVBEaHEyUjlralh0NnV4V3NNWU43T3BPSA==",
      "S cj1QRGhxMlI5a2pYdDZ1eFdzTVlON09wT0h0TWtCalA1UTZrR0RZQitCUS9JMTJoZ25DQnFnNFBk"
      "UyxzPVFEOU41MGFsQ3VQRVdIRzM0b1FiQkl6b1hxNFlCeDM3TGxweHZqWnd6dU09LGk9NDA5Ng==",
      "C Yz1iaXdzLHI9UERocTJSOWtqWHQ2dXhXc01ZTjdPcE9IdE1rQmpQNVE2a0dEWUIrQlEvSTEyaGdu"
      "Q0JxZzRQZFMscD1YM1FXS09RQkFwYkxUZHpWMWFMaGVRdVNTQmR2ZVNXU1FUK1dNb0l5MVQ4PQ=="},
     "SCRAM-SHA-256 user=alice binding=n salt=32 [empty] [nonce iterations=4096] sec"
     "ret=X3QWKOQBApbLTdzV1aLheQuSSBdveSWSQT+WMoIy1T8="},
    {"auth-temporary-exim 1",
     "PLAIN",
     {"I AGFsaWNlAFdvbmRlci1MYW5kLTc="},
     "PLAIN initial exposed user=alice secret=Wonder-Land-7"},
    {"auth-xoauth2 1",
     "XOAUTH2",
     {"S ", "C dXNlcj1hbGljZQFhdXRoPUJlYXJlciBleUpoYkdjaU9pSklVekkxTmlJc0luUjVjQ0k2SWtwWFZD"
            "SjkuZXlKemRXSWlPaUpoYkdsalpTSXNJbVY0Y0NJNk5ERXdNalEwTkRnd01IMC5UV0R1Sy15MnZzTD"
            "hqU2J4cG1zYVBkT1JBTE1JYlE2dGYtMXZOejkxUW5RAQE="},
     "XOAUTH2 exposed user=alice [empty] secret:124"},
    {"auth-xoauth2 2",
     "XOAUTH2",
     {"S ",
      "C dXNlcj1hbGljZQFhdXRoPUJlYXJlciBleUpoYkdjaU9pSklVekkxTmlJc0luUjVjQ0k2SWtwWFZD"
      "SjkuZXlKemRXSWlPaUpoYkdsalpTSXNJbVY0Y0NJNk5ERXdNalEwTkRnd01IMC5Vem41RGxiYVhibF"
      "NXQjRJTUpoTzJicGdPdGVLVHBodzA5ZEU4aTdoUnNvAQE=",
      "S eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0="},
     "XOAUTH2 exposed user=alice [empty] [error status=401 scope=mail] secret:124"},
    {"exim-idle-in-auth 1",
     "LOGIN",
     {"S VXNlcm5hbWU6", "S UGFzc3dvcmQ6"},
     "LOGIN [username_prompt text=Username:] [password_prompt text=Password:]"},
};

#endif
