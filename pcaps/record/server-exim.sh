# Exim, from Debian's package exim4-daemon-heavy, with recipients alice and bob at example.net.
# A small configuration of our own instead of Debian's, so that it can be read here.

# exim_configuration [SETTING]...: the file; settings go to the main section, except those of the
# form NAME_acl=STATEMENT, which become the first statement of that ACL, and client=OPTION, which
# go to the SMTP transport. EXIM_DOMAINS, AUTH_HOSTS and TLS_HOSTS: the domains that are ours, and
# to whom AUTH and STARTTLS are offered; EXIM_AUTHENTICATORS: more of them. LOGIN_PROMPTS: how
# LOGIN asks; with LOGIN_REVERSED for the password first.
exim_configuration() {
    local setting main='' auth='' mail='' rcpt='' predata='' data='' connect='' transport=''
    for setting in "$@"; do
        case $setting in
        connect_acl=*) connect+="  ${setting#*=}"$'\n' ;;
        auth_acl=*) auth+="  ${setting#*=}"$'\n' ;;
        mail_acl=*) mail+="  ${setting#*=}"$'\n' ;;
        rcpt_acl=*) rcpt+="  ${setting#*=}"$'\n' ;;
        predata_acl=*) predata+="  ${setting#*=}"$'\n' ;;
        data_acl=*) data+="  ${setting#*=}"$'\n' ;;
        client=*) transport+="  ${setting#*=}"$'\n' ;;
        *) main+="$setting"$'\n' ;;
        esac
    done
    local condition="\${if and{{eq{\$auth2}{alice}}{eq{\$auth3}{$ALICE_PASSWORD}}}}"
    local name=1 password=2
    if [ "${LOGIN_REVERSED:-}" ]; then name=2 password=1; fi
    cat <<CONF
log_selector = +all
domainlist local_domains = ${EXIM_DOMAINS-example.net}
acl_smtp_connect = acl_connect
acl_smtp_auth = acl_auth
acl_smtp_mail = acl_mail
acl_smtp_rcpt = acl_rcpt
acl_smtp_predata = acl_predata
acl_smtp_data = acl_data
host_lookup =
auth_advertise_hosts = ${AUTH_HOSTS:-}
tls_advertise_hosts = ${TLS_HOSTS:-}
keep_environment =
$main
begin acl
acl_connect:
$connect
  accept
acl_auth:
$auth
  accept
acl_mail:
$mail
  accept
acl_rcpt:
$rcpt
  require message = relay not permitted
          domains = +local_domains
  require verify = recipient
  accept
acl_predata:
$predata
  accept
acl_data:
$data
  accept

begin routers
ours:
  driver = redirect
  domains = +local_domains
  local_parts = alice : bob
  data = :blackhole:
unknown:
  driver = redirect
  domains = +local_domains
  allow_fail
  data = :fail: unknown user
forward:
  driver = manualroute
  route_list = * $SERVER_IP
  self = send
  transport = smtp

begin transports
smtp:
  driver = smtp
$transport

begin authenticators
${EXIM_AUTHENTICATORS:-}
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${AUTH_CONDITION:-$condition}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = ${LOGIN_PROMPTS:-Username:: : Password::}
  server_condition = \${if and{{eq{\$auth$name}{alice}}{eq{\$auth$password}{$ALICE_PASSWORD}}}}
  server_set_id = \$auth$name
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{\$auth1}{alice}{$ALICE_PASSWORD}fail}
  server_set_id = \$auth1
CONF
}

exim_start() {             # exim_start [setting]... , see exim_configuration
    local extra
    read -ra extra <<<"${EXIM_LAYER:-exim}"               # another layer: its name, more packages
    layer "${extra[0]}" exim4-daemon-heavy iproute2 openssl "${extra[@]:1}"
    box server "${extra[0]}" mail.example.net
    wire client server
    exim_configuration "$@" | put server /etc/exim4/exim4.conf
    in_box server exim4 -bd -oX "${EXIM_PORTS:-25}" >>"$LOG" 2>&1
    wait_for Exim listening server 25
}

exim_log() { in_box server cat /var/log/exim4/mainlog >>"$LOG"; }

# With STARTTLS on 25 and 587 and implicit TLS on 465.
exim_start_tls() {
    TLS_HOSTS='*' EXIM_PORTS=25:465:587 exim_start tls_on_connect_ports=465 \
        tls_certificate=/etc/helo/cert.pem tls_privatekey=/etc/helo/key.pem "$@"
    certificate
}
