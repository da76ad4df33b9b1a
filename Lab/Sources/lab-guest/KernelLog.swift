/// What the kernel said of its own killing.
enum KernelLog {
  static func report(to port: Port) {
    let lines = Spawn.run("/usr/bin/busybox", ["dmesg"]).output.split(separator: "\n").filter { line in
      line.contains("oom-kill:") || line.contains("ut of memory") || line.contains("oom_reaper")
    }
    for line in lines.suffix(12) {
      var record = Record("log")
      record.set("source", "kernel")
      record.set("line", String(line.prefix(300)))
      port.write(record)
    }
  }
}
