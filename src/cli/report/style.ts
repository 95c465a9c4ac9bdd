/** The style of a report: light and dark, on a phone, on a screen and on paper. */

export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2126;--soft:#566069;--line:#dde1e5;--tint:#f4f6f8;--bar:#b9c6d4;--warn:#8a4b00}
@media (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#eceff2;--soft:#a7b0b9;--line:#343a41;--tint:#1e2328;--bar:#46525f;--warn:#f0b35c}.dot{background:var(--dark)!important}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','Liberation Sans',Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:960px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .4rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.4rem 0 .6rem;padding-top:.8rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.4rem 0 .3rem;overflow-wrap:anywhere}
p{margin:.4rem 0 .8rem;max-width:44rem}
.soft,figcaption{color:var(--soft);font-size:.9rem}
.lead{font-size:1.05rem}
ul{padding-left:1.2rem}
.scroll{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .8rem .3rem 0;text-align:left;vertical-align:top;font-weight:400}
tbody tr{border-top:1px solid var(--line)}
thead th{color:var(--soft);font-size:.85rem;white-space:nowrap}
tbody th{font-weight:600;white-space:nowrap}
.n{text-align:right;white-space:nowrap}
.wide td:last-child,.parameters td:last-child{min-width:15rem}
.clusters td:last-child{min-width:9rem}
.side{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(440px,100%),1fr));gap:0 2rem}
.dot{background:var(--light);display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.45em}
.bar{display:block;height:.55em;margin-top:.45em;background:var(--bar);border-radius:1px}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.35rem 1.2rem;margin:.6rem 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere;min-width:0}
.warn{border-left:3px solid var(--warn);padding:.1rem 0 .1rem .8rem;overflow-wrap:anywhere}
figure{margin:.6rem 0;overflow-x:auto}
figure svg{display:block;width:100%;height:auto;min-width:min(640px,var(--width))}
pre{background:var(--tint);padding:.8rem 1rem;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;font:.88rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace}
@media (max-width:600px){main{padding:16px 14px 40px}h1{font-size:1.35rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}.parameters thead{display:none}.parameters tr{display:grid;grid-template-columns:1fr auto auto;gap:0 .8rem;padding:.35rem 0}.parameters th,.parameters td{padding:0;min-width:0!important}.parameters td:last-child{grid-column:1/-1;color:var(--soft)}}
@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--line:#ccc;--tint:#f4f4f4;--bar:#bbb;--warn:#8a4b00}body{font-size:10.5pt}main{max-width:none;padding:0}figure,.scroll{overflow:visible}figure svg{min-width:0}figure,tr,h2,h3,.side>div{break-inside:avoid}h2,h3{break-after:avoid}}
`;
