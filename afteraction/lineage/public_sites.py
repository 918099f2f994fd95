"""Well-known domains where anybody can pick up what was put there: paste sites, file drops, and the like."""

from __future__ import annotations

from typing import Final

from afteraction.lineage.bags import bag

PUBLIC_SITES: Final[frozenset[str]] = bag(  # paste sites
    "pastebin.com paste.ee dpaste.com dpaste.org hastebin.com ghostbin.com rentry.co "
    "rentry.org ix.io sprunge.us termbin.com paste.rs controlc.com justpaste.it "
    "privatebin.net 0bin.net pastes.io gist.github.com gist.githubusercontent.com "
    "paste.debian.net paste.ubuntu.com telegra.ph write.as codepad.org transfer.sh file.io "
    "0x0.st temp.sh gofile.io anonfiles.com bashupload.com wetransfer.com we.tl sendspace.com "
    "mediafire.com mega.nz mega.io catbox.moe litterbox.catbox.moe uguu.se tmpfiles.org "
    "oshi.at filebin.net send.vis.ee pixeldrain.com imgur.com ufile.io zippyshare.com "
    "sharefile.io filemail.com keep.sh bit.ly tinyurl.com t.co goo.gl is.gd v.gd ow.ly "
    "rebrand.ly cutt.ly shorturl.at t.ly rb.gy tiny.cc buff.ly ngrok.io ngrok.app "
    "ngrok-free.app ngrok.dev trycloudflare.com loca.lt localtunnel.me serveo.net "
    "localhost.run lhr.life pagekite.me bore.pub tunnelto.dev playit.gg nip.io sslip.io "
    "duckdns.org no-ip.org ddns.net webhook.site requestbin.com requestbin.net pipedream.net "
    "hookbin.com beeceptor.com requestcatcher.com postb.in mockbin.org hookdeck.com oast.fun "
    "oast.live oast.me oast.online oast.pro oast.site interact.sh burpcollaborator.net "
    "oastify.com canarytokens.com canarytokens.org dnslog.cn ceye.io requestrepo.com "
    "httpbin.org putsreq.com ptsv2.com ptsv3.com"
)

#: Mailbox providers that anybody joins: sharing one with the owner makes nobody a colleague.
FREE_MAIL: Final[frozenset[str]] = bag(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com "
    "icloud.com me.com aol.com proton.me protonmail.com pm.me tutanota.com tuta.io gmx.com "
    "gmx.de gmx.net web.de mail.com mail.ru yandex.ru yandex.com qq.com 163.com 126.com "
    "zoho.com fastmail.com hey.com mailinator.com guerrillamail.com 10minutemail.com "
    "temp-mail.org yopmail.com"
)
