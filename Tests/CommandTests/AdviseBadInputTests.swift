import Foundation
import ScytheLinux
import TestSupport
import Testing

@Suite struct `Bad input for advice` {
  @Test(arguments: [
    `Bad input`.Case("advise", 64, "give --advice"),
    `Bad input`.Case("advise 2147483647", 64, "give --advice"),
    `Bad input`.Case("advise --advice cold", 64, "nothing to advise"),
    `Bad input`.Case("advise 2147483647 --advice hot", 64, "cannot advise 'hot'"),
    `Bad input`.Case("advise 2147483647 --advice COLD", 64, "cannot advise 'COLD'"),
    `Bad input`.Case("advise abc --advice cold", 64, "not a process number"),
    `Bad input`.Case("advise 0 --advice cold", 64, "process numbers begin at 1"),
    `Bad input`.Case("advise -1 --advice cold", 64, "-1"),
    `Bad input`.Case("advise 99999999 --advice cold", 4, "no such process"),
    `Bad input`.Case("advise 99999999999999 --advice cold", 4, "no such process"),
    `Bad input`.Case("advise 99999999 --advice dontneed", 4, "no such process"),
    `Bad input`.Case("advise 2 --advice cold", 5, "thread of the kernel"),
    `Bad input`.Case("advise --tree 99999999 --advice cold", 4, "no such process"),
    `Bad input`.Case("advise 2147483647 --advice cold --max -1", 64, "for --max"),
    `Bad input`.Case("advise 2147483647 --advice cold --max many", 64, "for --max"),
    `Bad input`.Case("advise 2147483647 --advice cold --max 99999999T", 64, "for --max"),
    `Bad input`.Case("advise 2147483647 --advice cold --deadline soon", 64, "for --deadline"),
    `Bad input`.Case("advise 2147483647 --advice cold --carrier pigeon", 64, "carrier 'pigeon'"),
    `Bad input`.Case("advise 2147483647 --advice pageout --carrier reclaim", 64, "--carrier reclaim"),
    `Bad input`.Case("advise --cgroup /tmp --advice cold --carrier reclaim", 64, "--carrier reclaim"),
    `Bad input`.Case("advise --cgroup /tmp --advice cold", 64, "no cgroup file system"),
    `Bad input`.Case("advise --cgroup /no/such/group --advice cold", 64, "no such file or directory"),
    `Bad input`.Case("advise --user no-such-user --advice cold", 64, "none of that name"),
    `Bad input`.Case("advise --user 4294967296 --advice cold", 64, "none of that name"),
    `Bad input`.Case("advise --name no-such-name-* --advice cold", 4, "no process has that name"),
    `Bad input`.Case("advise 1 --advice dontneed --max 1M", 64, "dontneed takes no"),
    `Bad input`.Case("advise 1 --advice dontneed --range 1000-2000", 64, "dontneed takes no"),
    `Bad input`.Case("advise 1 2147483647 --advice cold --range 1000-2000", 64, "a single process"),
    `Bad input`.Case("advise --tree 1 --advice cold --range 1000-2000", 64, "a single process"),
  ])
  func `gets one clear line and its exit code`(_ input: `Bad input`.Case) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe"), input.arguments)
    #expect(result.status == input.status)
    #expect(result.isOneClearLine, "\(result.output)\(result.error)")
    #expect(result.error.contains(input.words), "\(result.error)")
  }

  @Test(arguments: [
    ("1000", "not two addresses"), ("", "not two addresses"), ("-", "not two addresses"),
    ("0x-0x", "not two addresses"),
    ("1000-", "not two addresses"), ("1000-2000-3000", "not two addresses"), ("1000-2g00", "not two addresses"),
    ("1000 -2000", "not two addresses"), ("+1000-2000", "not two addresses"), ("1000:2000", "not two addresses"),
    ("1001-2000", "a page's boundary"), ("1000-2001", "a page's boundary"),
    ("2000-1000", "ends before it begins"), ("1000-1000", "it is empty"),
    ("1000-10000000000000000", "beyond the last address"), ("1000-ffffffffffffffff", "a page's boundary"),
  ])
  func `in a range names the page, and advises nobody`(range: String, words: String) throws {
    let victim = try VictimProcess("--anon", "8M")
    let before = try VictimMemory(victim.pid)
    let result = try scythe(
      "advise", "\(victim.pid.rawValue)", "--advice", "cold", "--range", "400000-800000", "--range", range)
    #expect(result.status == 64)
    #expect(result.isOneClearLine, "\(result.output)\(result.error)")
    #expect(result.error.contains(words), "\(result.error)")
    #expect(result.error.contains("\(Machine.pageBytes) bytes"))
    #expect(try VictimMemory(victim.pid) == before)
  }

  @Test func `in ranges that overlap names both`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let result = try scythe(
      "advise", "\(victim.pid.rawValue)", "--advice", "cold", "--range", "5000-9000", "--range", "0x1000-0x6000")
    #expect(result.status == 64)
    #expect(result.isOneClearLine)
    #expect(result.error.contains("'0x1000-0x6000' and '5000-9000': they overlap"))
    #expect(result.error.contains("\(Machine.pageBytes) bytes"))
  }
}
