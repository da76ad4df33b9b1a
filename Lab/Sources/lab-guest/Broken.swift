import Glibc

/// Guests that misbehave: a host must get along with them.
enum Broken {
  static func run(_ name: String, _ port: Port) {
    switch name {
    case "hang":
      while true { pause(microseconds: 1_000_000) }
    case "panic":
      Text.write("c", to: "/proc/sysrq-trigger")
    case "rubbish":
      port.write(line: "\u{1b}[31mOut of memory: Killed process 12 (hog)")
      port.write(line: #"LAB1 1234 {"record":"end"}"#)
      port.write(line: String(repeating: "x", count: 10_000))
    default: break
    }
  }
}
