#include "engine/seccomp_filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <initializer_list>

#include "engine/virtual_files.h"

// Newer than the oldest headers that we build with.
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

namespace rushes::engine {

#if defined(__x86_64__)
namespace {

constexpr int kPlain[] = {
    // Bytes of descriptors that are there.
    SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_readv, SYS_writev, SYS_preadv, SYS_pwritev,
    SYS_lseek, SYS_fstat, SYS_ftruncate, SYS_close, SYS_dup, SYS_fadvise64,
    // The broker.
    SYS_sendmsg, SYS_recvmsg, SYS_poll, SYS_ppoll,
    // Memory. (mmap and mprotect have rules below.)
    SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise,
    // Threads and signals of this process.
    SYS_futex, SYS_set_robust_list, SYS_get_robust_list, SYS_rseq, SYS_set_tid_address,
    SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler,
    SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_getcpu, SYS_membarrier,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_restart_syscall,
    SYS_exit, SYS_exit_group,
    // Clocks, chance, and who am I.
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
    SYS_time, SYS_getrandom, SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid,
    SYS_getgid, SYS_getegid, SYS_getrusage, SYS_times, SYS_sysinfo};

// Answered by virtual_files.cc.
constexpr int kTrapped[] = {SYS_open,       SYS_openat,    SYS_stat,      SYS_lstat,
                            SYS_newfstatat, SYS_access,    SYS_faccessat, SYS_faccessat2,
                            SYS_readlink,   SYS_readlinkat};

// "Not in this kernel": the C library then falls back to a call that has a rule here.
constexpr int kAbsent[] = {SYS_clone3, SYS_openat2, SYS_statx};

// Where devices are allowed: their commands, code that drivers load or make (mmap and mprotect
// without their rules), and what threads of theirs wait for. No socket, no process, no file made.
constexpr int kOfDrivers[] = {
    SYS_ioctl,          SYS_mmap,      SYS_mprotect,      SYS_getdents64, SYS_getdents,
    SYS_statfs,         SYS_fstatfs,   SYS_uname,         SYS_getcwd,     SYS_memfd_create,
    SYS_eventfd2,       SYS_pipe2,     SYS_epoll_create1, SYS_epoll_ctl,  SYS_epoll_wait,
    SYS_epoll_pwait,    SYS_select,    SYS_pselect6,      SYS_dup2,       SYS_dup3,
    SYS_flock,          SYS_fallocate, SYS_mlock,         SYS_munlock,    SYS_mincore,
    SYS_msync,          SYS_mbind,     SYS_get_mempolicy, SYS_getrlimit,  SYS_timerfd_create,
    SYS_timerfd_settime};

// No library of ours tries these by chance.
constexpr int kDeadly[] = {SYS_execve,
                           SYS_execveat,
                           SYS_ptrace,
                           SYS_process_vm_readv,
                           SYS_process_vm_writev,
                           SYS_bpf,
                           SYS_perf_event_open,
                           SYS_userfaultfd,
                           SYS_io_uring_setup,
                           SYS_io_uring_enter,
                           SYS_io_uring_register,
                           SYS_mount,
                           SYS_umount2,
                           SYS_pivot_root,
                           SYS_chroot,
                           SYS_unshare,
                           SYS_setns,
                           SYS_init_module,
                           SYS_finit_module,
                           SYS_delete_module,
                           SYS_kexec_load,
                           SYS_open_by_handle_at,
                           SYS_pidfd_getfd,
                           SYS_add_key,
                           SYS_request_key,
                           SYS_keyctl};

// What pthread_create of glibc and musl asks for: never a process, never a namespace.
constexpr uint32_t kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                                  CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
                                  CLONE_CHILD_CLEARTID;
constexpr uint32_t kMuslDetached = 0x00400000;

class Program {
 public:
  void load(size_t offset) {
    add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)));
  }
  void load_number() { load(offsetof(seccomp_data, nr)); }
  // The low half of an argument: the kernel itself looks at no more of those that we test.
  void load_argument(int i) { load(offsetof(seccomp_data, args) + 8 * static_cast<size_t>(i)); }
  void load_argument_high(int i) {
    load(offsetof(seccomp_data, args) + 8 * static_cast<size_t>(i) + 4);
  }
  void give(uint32_t action) { add(BPF_STMT(BPF_RET | BPF_K, action)); }
  void if_equal(uint32_t value, uint32_t action) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    give(action);
  }
  void unless_equal(uint32_t value, uint32_t action) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    give(action);
  }
  void if_any_bit(uint32_t bits, uint32_t action) {
    add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
    give(action);
  }
  // Runs `rule`, which ends in give(), when the system call is `number`.
  template <class Rule>
  void on(int number, Rule rule) {
    const size_t jump = code_.size();
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 0));
    rule();
    code_[jump].jf = static_cast<uint8_t>(code_.size() - jump - 1);
  }
  std::vector<sock_filter> take() && { return std::move(code_); }

 private:
  void add(sock_filter instruction) { code_.push_back(instruction); }
  std::vector<sock_filter> code_;
};

constexpr uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr uint32_t kTrap = SECCOMP_RET_TRAP;
constexpr uint32_t kKill = SECCOMP_RET_KILL_PROCESS;
constexpr uint32_t refuse(int error) {
  return SECCOMP_RET_ERRNO | (static_cast<uint32_t>(error) & SECCOMP_RET_DATA);
}

// Allowed when the low half of argument `i` is one of `values`.
void allow_argument(Program& p, int number, int i, std::initializer_list<uint32_t> values) {
  p.on(number, [&] {
    p.load_argument(i);
    for (uint32_t value : values) p.if_equal(value, kAllow);
    p.give(refuse(EPERM));
  });
}

void add_rules_on_arguments(Program& p, pid_t self) {
  allow_argument(p, SYS_clone, 0, {kThreadFlags, kThreadFlags | kMuslDetached});
  allow_argument(p, SYS_kill, 0, {static_cast<uint32_t>(self)});
  allow_argument(p, SYS_tgkill, 0, {static_cast<uint32_t>(self)});
  allow_argument(p, SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA});
  // Not F_SETOWN and F_SETSIG: they send signals to others.
  allow_argument(p, SYS_fcntl, 1, {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC});
  for (int number : {SYS_mmap, SYS_mprotect}) {
    p.on(number, [&] {
      p.load_argument(2);
      p.if_any_bit(PROT_EXEC, refuse(EPERM));
      p.give(kAllow);
    });
  }
  // Reading a limit of this process, never setting one.
  p.on(SYS_prlimit64, [&] {
    p.load_argument(0);
    p.unless_equal(0, refuse(EPERM));
    p.load_argument(2);
    p.unless_equal(0, refuse(EPERM));
    p.load_argument_high(2);
    p.unless_equal(0, refuse(EPERM));
    p.give(kAllow);
  });
  // stdio asks whether a descriptor is a terminal.
  p.on(SYS_ioctl, [&] { p.give(refuse(ENOTTY)); });
}

}  // namespace

bool seccomp_available() {
  uint32_t action = SECCOMP_RET_KILL_PROCESS;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

std::vector<sock_filter> seccomp_program(pid_t self, bool devices) {
  Program p;
  p.load(offsetof(seccomp_data, arch));
  p.unless_equal(AUDIT_ARCH_X86_64, kKill);
  p.load_number();
  for (int number : kPlain) p.if_equal(static_cast<uint32_t>(number), kAllow);
  for (int number : kTrapped) {
    if (devices) {
      p.on(number, [&] {
        p.load_argument(5);
        p.if_equal(kForwarded, kAllow);
        p.give(kTrap);
      });
    } else {
      p.if_equal(static_cast<uint32_t>(number), kTrap);
    }
  }
  if (devices) {
    for (int number : kOfDrivers) p.if_equal(static_cast<uint32_t>(number), kAllow);
  }
  for (int number : kAbsent) p.if_equal(static_cast<uint32_t>(number), refuse(ENOSYS));
  for (int number : kDeadly) p.if_equal(static_cast<uint32_t>(number), kKill);
  add_rules_on_arguments(p, self);
  // The x32 numbers (bit 30 set) end here too.
  p.give(refuse(EPERM));
  return std::move(p).take();
}

#else

bool seccomp_available() { return false; }
std::vector<sock_filter> seccomp_program(pid_t, bool) { return {}; }

#endif

base::Status install_seccomp(const std::vector<sock_filter>& program) {
  sock_fprog fprog = {};
  fprog.len = static_cast<unsigned short>(program.size());
  fprog.filter = const_cast<sock_filter*>(program.data());
  const long result =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &fprog);
  if (result > 0) return base::internal("seccomp: a thread has a filter of its own");
  if (result < 0) return base::from_errno(errno, "seccomp");
  return {};
}

}  // namespace rushes::engine
