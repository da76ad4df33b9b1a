import ScytheLinux
import TestSupport
import Testing

private func parse(_ line: String) -> MemoryArea? {
  let bytes = Array(line.utf8)
  return MemoryArea(parsing: bytes.span)
}

private func area(
  _ base: UInt64, _ end: UInt64, _ permissions: String, _ origin: MemoryAreaOrigin
) -> MemoryArea {
  MemoryArea(
    base: base, end: end, isReadable: permissions.contains("r"), isWritable: permissions.contains("w"),
    isExecutable: permissions.contains("x"), isShared: permissions.contains("s"), origin: origin)
}

@Suite struct `A line of maps` {
  @Test func `has range, protection and origin`() {
    let libc = "7f1c8a600000-7f1c8a628000 r--p 00000000 fe:00 1311                       /usr/lib/libc.so.6"
    #expect(parse(libc) == area(0x7f1c_8a60_0000, 0x7f1c_8a62_8000, "r", .ordinary))
    #expect(parse("00400000-00452000 rwxs 00000000 08:02 173521") == area(0x400000, 0x452000, "rwxs", .ordinary))
  }

  @Test(arguments: [
    ("[vvar]", MemoryAreaOrigin.kernel), ("[vvar_vclock]", .kernel), ("[vsyscall]", .kernel), ("[vdso]", .kernel),
    ("[uprobes]", .kernel), ("[heap]", .ordinary), ("[stack]", .ordinary), ("[anon:x]", .ordinary), ("", .ordinary),
    ("/anon_hugepage (deleted)", .hugetlb), ("anon_inode:[perf_event]", .device), ("/dev/dri/card0", .device),
    ("/dev/zero (deleted)", .ordinary), ("/dev/shm/x", .ordinary), ("/dmabuf:", .device), ("/v", .ordinary),
    ("/memfd:x (deleted)", .ordinary),
  ])
  func `tells by its name what it is made of`(name: String, origin: MemoryAreaOrigin) {
    #expect(parse("7ffe0000-7fff0000 r--p 00000000 00:00 0    \(name)") == area(0x7ffe_0000, 0x7fff_0000, "r", origin))
  }

  @Test(arguments: [
    "", " ", "-", "7f00-", "7f00-7e00 r--p 0 0 0", "7f00-7f00 r--p 0 0 0", "7f00 8000 r--p", "x-y r--p",
    " 7f00-8000 r--p", "7f00- 8000 r--p", "7f00-8000", "7f00-8000 r-", "Rss:        160 kB", "VmFlags: rd mr mw",
    "10000000000000000-20000000000000000 r--p 0 0 0",
  ])
  func `that is none is refused`(line: String) {
    #expect(parse(line) == nil)
  }

  @Test func `may be anything and does no harm`() {
    let sample = "7f1c8a600000-7f1c8a628000 r--p 00000000 fe:00 1311    /usr/lib/libc.so.6"
    for bytes in HostileInput.truncations(of: sample) { _ = MemoryArea(parsing: bytes.span) }
    HostileInput.forEach(like: sample) { bytes in
      guard let area = MemoryArea(parsing: bytes.span) else { return nil }
      return area.end > area.base ? nil : "an area that ends before it begins"
    }
  }
}

@Suite struct `The details of an area` {
  private func details(_ text: String) throws -> [AreaDetails] {
    let tree = try TemporaryTree()
    try tree.write("7/smaps", text)
    var all: [AreaDetails] = []
    try tree.procfs.forEachArea(of: PID(7)) { (details) throws(Errno) in
      all.append(details)
      return true
    }
    return all
  }

  @Test func `are read area by area`() throws {
    let text = """
      00400000-00452000 rw-p 00000000 00:00 0
      Size:                328 kB
      Rss:                 160 kB
      Referenced:          120 kB
      Anonymous:           160 kB
      Swap:                  8 kB
      VmFlags: rd wr mr mw me lo ac
      7ffe0000-7fff0000 r--p 00000000 00:00 0    [vvar]
      Rss:                   0 kB
      VmFlags: rd mr pf io de dd
      80000000-80400000 rw-p 00000000 00:0f 12    /anon_hugepage (deleted)
      Rss:                   0 kB
      VmFlags: rd wr ht
      """
    let all = try details(text)
    try #require(all.count == 3)
    #expect(all[0].residentBytes == 160 << 10 && all[0].referencedBytes == 120 << 10 && all[0].swapBytes == 8 << 10)
    #expect(all[0].isLocked && !all[0].isHugetlb && !all[0].isPageFrameMapping)
    #expect(!all[1].isLocked && all[1].isPageFrameMapping && all[1].area.origin == .kernel)
    #expect(all[2].isHugetlb && all[2].hasFlags && all[2].residentBytes == 0)
  }

  @Test func `of a file without any are none`() throws {
    #expect(try details("").isEmpty)
    #expect(try details("Rss: 160 kB\nVmFlags: lo\n").isEmpty)
  }
}
