import Foundation
import ScytheLinux
import ScytheReaper
import TestSupport
import Testing

@Suite struct `A thousand kills in a row` {
  /// What a process can leak: descriptors, threads, children.
  private struct Holdings: Equatable {
    let descriptors: Int
    let threads: Int
    let children: Int

    init() throws {
      // The directory that is being listed is one of them, each time.
      descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
      var children = 0
      try Procfs().forEachProcess { (pid) throws(Errno) in
        if let stat = try? Procfs().stat(of: pid), stat.parent == .current { children += 1 }
        return true
      }
      self.children = children
    }
  }

  @Test func `leak neither a descriptor nor a thread nor a zombie`() async {
    // In a process of its own: other tests open and close descriptors at the same time.
    await #expect(processExitsWith: .success) {
      func killCrowd(_ count: Int) throws {
        let crowd = try VictimProcess("--fork", "\(count)")
        let pids = crowd.values["children"]!.split(separator: ",").map { PID(Int32($0)!) }
        var reaper = try Reaper(kernel: StockKernel())
        for pid in pids {
          try reaper.select(pid)
          let summary = try reaper.kill()
          #expect(summary.isAllBack, "\(reaper.report(at: 0).fate)")
          let areAllForgotten = reaper.removeAll()
          #expect(areAllForgotten)
        }
        crowd.end()
      }
      try killCrowd(10)
      let before = try Holdings()
      do {
        // The counter must see a leak, or it proves nothing.
        let leaked = try FileDescriptor(PathBuffer("/proc/self/stat"), .read)
        let during = try Holdings()
        #expect(during != before)
        try leaked.close()
      }
      for _ in 0..<20 { try killCrowd(50) }
      let after = try Holdings()
      #expect(after.descriptors == before.descriptors)
      #expect(after.children == before.children)
      // The test's own runtime starts and ends a few threads as it likes; 20 reapers had 80.
      #expect(after.threads <= before.threads + 8)
    }
  }
}
