/// How the page looks: the colours of the demo's report, light and dark.
enum ReportStyle {
  static let text = """
    :root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --rule: #d9dee6; --page: #fff; --shade: #f4f6f9;
      --good: #14774a; --bad: #c02f25; --plain: #3f74aa; --kernel: #6b7480; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --soft: #a2abb8; --rule: #3a4250; --page: #14181f;
      --shade: #1c222b; --good: #3fbf83; --bad: #ff7a70; --plain: #7fb0e0; --kernel: #aab2bd; } }
    * { box-sizing: border-box; }
    body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
      max-width: 76rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
    h1 { font-size: 1.6rem; margin-bottom: .2rem; }
    h2 { font-size: 1.25rem; margin: 2.5rem 0 .3rem; border-top: 1px solid var(--rule); padding-top: 1rem; }
    h3 { font-size: 1rem; margin: 0 0 .3rem; }
    p { max-width: 52rem; margin: .4rem 0; }
    .lead { border-left: 4px solid var(--bad); padding-left: .8rem; font-weight: 600; }
    .soft, small { color: var(--soft); }
    .good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
    nav { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 1rem 0; }
    a { color: var(--plain); }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .875rem; line-height: 1.35; overflow-wrap: normal; }
    td, th { text-align: left; padding: .3rem 1rem .3rem 0; vertical-align: top; }
    td { max-width: 26rem; }
    thead th { white-space: nowrap; border-bottom: 1px solid var(--rule); font-weight: 600; }
    tbody tr + tr td { border-top: 1px solid var(--rule); }
    tr.group th { padding-top: 1rem; font-weight: 600; max-width: 40rem; }
    td.number { font-variant-numeric: tabular-nums; white-space: nowrap; text-align: right; }
    th.number { text-align: right; } td.soft { white-space: normal; } td:first-child { min-width: 8rem; }
    small { display: block; font-size: .75rem; font-weight: 400; }
    summary { cursor: pointer; font-weight: 600; padding: .4rem 0; }
    .cards + details, details + details { margin-top: .4rem; }
    details.repeats { font-size: .875rem; } dt { margin-top: .4rem; } dd { margin: 0 0 0 1rem; }
    code { font: .8rem/1.4 ui-monospace, monospace; }
    .choice { display: flex; flex-wrap: wrap; gap: .4rem; border: 0; padding: 0; margin: .8rem 0; }
    .choice label { border: 1px solid var(--rule); border-radius: 2rem; padding: .15rem .8rem; cursor: pointer; }
    .choice label:has(:checked) { border-color: var(--ink); font-weight: 600; }
    .cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); }
    .card { background: var(--shade); border-radius: .5rem; padding: .8rem .9rem; min-width: 0; }
    .card figure { margin: .5rem 0 0; } .card figcaption { color: var(--soft); font-size: .8125rem; }
    .plot { position: relative; }
    @media print { details:not([open]) > * { display: block; } .card { break-inside: avoid; } }
    """
}
