import BenchmarkResults
import Foundation
import Testing

@testable import LabResults

@Suite struct `Reports of a comparison` {
  /// What a process may be called.
  static let hostile = [
    "</script><script>x()</script>", "<!--", "a|b", "`x`", "*b*_c_", "[a](b)", "line\nbreak", "\u{1B}[31mred",
    "\"'>", "\u{202E}oohw", "&amp;", "\\",
  ]

  private func comparison(victim: String = "hog") -> Comparison {
    var hard = Synthetic.run("hard", "scythe-kill")
    hard.hard = [
      Synthetic.hard(victim, "SIGKILL", back: nil, left: 513 << 20), Synthetic.hard(victim, "scythe kill", back: 40),
      Synthetic.hard(victim, "scythed --kill", back: 41, mutex: .lost),
    ]
    hard.hard[1].said = victim
    var failed = Synthetic.run("hog", "oomd")
    (failed.state, failed.reason) = (.failed, "the guest said: \(victim)")
    var results = [
      Synthetic.exhaustion("kernel", stall: 900, kernelFirst: true, victims: [victim]),
      Synthetic.exhaustion("scythed", stall: 90, isLow: false, victims: [victim]),
      Synthetic.exhaustion("nohang", stall: 300, gap: 400, victims: [victim]), failed, hard,
      Synthetic.exhaustion("scythed", in: "spike", victims: [victim]),
      Synthetic.exhaustion("kernel", in: "spike", victims: []),
      Synthetic.calm("scythed", resident: 976 << 10, wakeUps: 0),
      Synthetic.calm("nohang", resident: 17 << 20, wakeUps: 7.5),
      Synthetic.checks([("release", "process_mrelease", "works"), ("release", victim, "missing")], kernel: "6.1"),
    ]
    for index in results.indices { results[index].command = "make lab LAB='run \(victim)'" }
    return Comparison(results, problems: ["'\(victim)' is not used"])
  }

  @Test func `say that times are emulated, before any number`() {
    let comparison = comparison()
    let text = MarkdownReport(comparison).text
    #expect(text.split(separator: "\n")[1].hasPrefix("**Emulated (TCG)"))
    let page = HTMLReport(comparison, chartScript: "").page
    #expect(page.contains("<title>Scythe in the lab (emulated: only ratios say something)</title>"))
    #expect(page.contains("<p class=\"lead\">Emulated (TCG)"))
    #expect(page.contains("Emulated: lengths compare within a chart"))
    let real = Comparison([Synthetic.exhaustion("kernel", accelerator: "kvm")])
    #expect(!MarkdownReport(real).text.contains("mulated"))
    #expect(!HTMLReport(real, chartScript: "").page.contains("mulated"))
  }

  @Test func `name host, dates, whole releases and versions`() {
    var first = Synthetic.exhaustion("nohang")
    first.host = MachineFacts(
      kernel: "6.18", processors: 2, processorModel: "a CPU", isVirtual: true, memoryBytes: 24 << 30,
      transparentHugePages: "madvise")
    first.killerVersion = "0.2.0-1"
    var second = first
    (second.repetition, second.began) = (2, first.began + 86_400)
    let text = MarkdownReport(Comparison([first, second])).text
    #expect(text.contains("- guests: TCG (emulated) on 2 CPUs (a CPU, virtual machine), 24 GiB, Linux 6.18"))
    #expect(text.contains("- measured: 2026-09-21 to 2026-09-22"))
    #expect(text.contains("- kernel 6.1: Linux 6.1.0-9-cloud-amd64"))
    #expect(text.contains("- nohang 0.2.0: 0.2.0-1"))
  }

  @Test func `have a row for each result, and what repeats it`() {
    let text = MarkdownReport(comparison()).text
    let hog = "| hog: a hog that allocates as fast as it can | "
    let alone = "the kernel alone | 1.00 s | 100 ms | 200 ms | 1.00 s | 900 ms | 1.80 s | hog | 0 | - |"
    #expect(text.contains(hog + alone))
    #expect(text.contains(hog + "scythed | never low | - | - | - | 90.0 ms (0.10x) | 180 ms (0.10x) | hog | 0 | no |"))
    #expect(text.contains(hog + "nohang 0.2.0 | starved | - | - | - | - | - | hog | 0 | no |"))
    #expect(text.contains(hog + "Meta oomd 0.5.0 | failed | - | - | - | - | - | - | - | - |"))
    #expect(text.contains("| spike: a spike that ends at 97 % | scythed | **killed** | hog | 100 ms (1.00x) |"))
    #expect(text.contains("| spike: a spike that ends at 97 % | the kernel alone | nobody died | nobody | 100 ms |"))
    #expect(text.contains("| SIGKILL | **never** (in 3.00 s) | **never** (in 3.00 s) | 513 MiB | - | - |"))
    #expect(text.contains("| scythed --kill | 41.0 ms | 41.5 ms | nothing | **lost** | - |"))
    #expect(text.contains("| scythed | 976 KiB | 488 KiB | 976 KiB | 1 | 0 | 0 | 0 |"))
    #expect(text.contains("| nohang 0.2.0 | 17.0 MiB | 8.50 MiB | 17.0 MiB | 1 | 7.50 | 22.5 | 5,250 |"))
    #expect(text.contains("- hog, scythed: `make lab LAB='run hog'`"))
    #expect(text.contains("- starved: Linux 6.1, hog, nohang 0.2.0: 1 of 1 run"))
  }

  @Test func `can be made of nothing`() throws {
    let nothing = Comparison([])
    #expect(MarkdownReport(nothing).text.contains("There are no results yet"))
    #expect(HTMLReport(nothing, chartScript: "x").page.contains("There are no results yet"))
    #expect(!HTMLReport(nothing, chartScript: "x").page.contains("<script>"))
    #expect(try JSONDecoder().decode(Comparison.self, from: JSONReport(nothing).data) == nothing)
  }

  @Test(arguments: hostile) func `as JSON give the comparison back`(name: String) throws {
    let comparison = comparison(victim: name)
    #expect(try JSONDecoder().decode(Comparison.self, from: JSONReport(comparison).data) == comparison)
  }

  @Test(arguments: hostile) func `as Markdown keep their tables, whatever a process is called`(name: String) {
    func shape(_ text: String) -> [Int] {
      text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.hasPrefix("|") ? line.replacing("\\\\", with: "").replacing("\\|", with: "").count { $0 == "|" } : 0
      }
    }
    let text = MarkdownReport(comparison(victim: name)).text
    #expect(shape(text) == shape(MarkdownReport(comparison()).text))
    // Outside of code every opening of a tag is escaped, but for those of the report itself.
    let bare = text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
    if !name.contains("`") {
      let outside = bare.filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
        .replacing("\\<", with: "").replacing("<details><summary>", with: "").replacing("</summary>", with: "")
        .replacing("</details>", with: "")
      #expect(!outside.contains("<"))
    }
    #expect(!text.unicodeScalars.contains("\u{1B}") && !text.unicodeScalars.contains("\u{202E}"))
  }

  @Test(arguments: hostile) func `as HTML have no other elements, whatever a process is called`(name: String) {
    func tags(_ page: String) -> [Substring] {
      page.split(separator: "<").dropFirst().map { $0.prefix { $0.isLetter || $0.isNumber || "/!-".contains($0) } }
    }
    let page = HTMLReport(comparison(victim: name), chartScript: "chart(\"</script>\", '<!--')").page
    #expect(tags(page) == tags(HTMLReport(comparison(), chartScript: "chart(\"</script>\", '<!--')").page))
    #expect(!page.unicodeScalars.contains("\u{1B}") && !page.unicodeScalars.contains("\u{202E}"))
    #expect(!page.contains("<!--") && page.components(separatedBy: "</script>").count == 4)
  }

  @Test func `as HTML fetch nothing, and say in one line why there are no charts`() {
    let page = HTMLReport(comparison(), chartScript: nil).page
    #expect(page.contains("No charts: the page was made without Chart.js"))
    #expect(!page.contains("<script") && !page.contains("class=\"charts\""))
    for page in [page, HTMLReport(comparison(), chartScript: "").page] {
      #expect(!page.contains("src=") && !page.contains("http:") && !page.contains("https:") && !page.contains("<link"))
      #expect(page.contains("default-src 'none'"))
    }
  }

  @Test func `have charts that say what the tables say`() throws {
    let sections = comparison().document.sections
    let charts = sections.flatMap(\.charts)
    let stall = try #require(charts.first { $0.title == "worst stall" })
    #expect(stall.rows.map(\.label) == ["the kernel alone", "nohang 0.2.0", "Meta oomd 0.5.0", "scythed"])
    #expect(stall.rows.map(\.text) == ["900 ms", "starved", "failed", "90.0 ms"])
    #expect(stall.rows.map(\.value) == [900_000, nil, nil, 90_000])
    #expect(stall.rows.map(\.kind) == [.kernel, .other, .other, .scythe])
    #expect(stall.least == 10_000 && stall.most == 1_000_000)
    let hard = try #require(charts.first { $0.title == "memory back" })
    #expect(hard.rows.map(\.text) == ["never, 513 MiB left", "40.0 ms", "41.0 ms, mutex lost"])
    #expect(hard.rows.map(\.isNever) == [true, false, false])
  }
}
