// Attempts of a jailed process to get out. Each runs in a forked child, which tells what happened
// by its exit status. Not built with sanitizers that take the jail off (CMakeLists.txt).

#include "engine/jail.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "engine/landlock.h"
#include "engine/virtual_files.h"

namespace rushes::engine {
namespace {

constexpr int kBroken = 100;  // the jail could not be put up

// The wait status of a child that enters the jail and runs `attempt`. The attempt returns 0 when
// the jail held, else a number that tells which step got through.
int jailed(const std::function<int()>& attempt, const JailLimits& limits = {}) {
  const pid_t child = fork();
  if (child == 0) {
    auto state = enter_jail(limits);
    if (!state.ok() || !state->seccomp) _exit(kBroken);
    _exit(attempt());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

MATCHER(Held, "") { return WIFEXITED(arg) && WEXITSTATUS(arg) == 0; }
MATCHER_P(KilledBy, signal, "") { return WIFSIGNALED(arg) && WTERMSIG(arg) == signal; }

// Numbers the steps of one attempt: the first that is not refused with `error` is the result.
class Steps {
 public:
  void refused(long result, int error) {
    ++step_;
    if (escaped_ == 0 && !(result == -1 && errno == error)) escaped_ = step_;
  }
  void holds(bool fact) {
    ++step_;
    if (escaped_ == 0 && !fact) escaped_ = step_;
  }
  int result() const { return escaped_; }

 private:
  int step_ = 0;
  int escaped_ = 0;
};

base::UniqueFd file_with(const std::string& text) {
  char path[] = "/tmp/rushes-jail-XXXXXX";
  base::UniqueFd writer(mkstemp(path));
  EXPECT_EQ(write(writer.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  base::UniqueFd reader(open(path, O_RDONLY | O_CLOEXEC));
  unlink(path);
  return reader;
}

TEST(Jail, SaysThatItIsWhole) {
  const int abi = landlock_abi();
  const pid_t child = fork();
  if (child == 0) {
    auto state = enter_jail({});
    const bool whole = state.ok() && state->seccomp && state->landlock_abi == abi &&
                       state->warnings.empty() == (abi > 0);
    _exit(whole ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_THAT(status, Held());
}

TEST(Jail, OpensNoPath) {
  EXPECT_THAT(jailed([] {
                Steps steps;
                steps.refused(open("/etc/passwd", O_RDONLY), EACCES);
                steps.refused(open("/", O_RDONLY | O_DIRECTORY), EACCES);
                steps.refused(open("/etc/passwd", O_PATH), EACCES);
                steps.refused(open("/tmp/new", O_CREAT | O_WRONLY, 0600), EACCES);
                steps.refused(openat(AT_FDCWD, "x", O_RDONLY), EACCES);
                steps.refused(syscall(SYS_open, "/etc/passwd", O_RDONLY), EACCES);
                steps.refused(syscall(SYS_openat2, AT_FDCWD, "/", nullptr, 0), ENOSYS);
                steps.refused(open("/proc/self/mem", O_RDWR), EACCES);
                steps.refused(open("/proc/1/environ", O_RDONLY), EACCES);
                steps.refused(open("/dev/null", O_RDONLY), EACCES);
                steps.holds(std::fopen("/etc/passwd", "r") == nullptr);
                return steps.result();
              }),
              Held());
}

TEST(Jail, ChangesNoPath) {
  EXPECT_THAT(jailed([] {
                Steps steps;
                struct stat info;
                steps.refused(stat("/etc/passwd", &info), EACCES);
                steps.refused(access("/", R_OK), EACCES);
                steps.refused(mkdir("/tmp/rushes-escaped", 0700), EPERM);
                steps.refused(unlink("/tmp/rushes-none"), EPERM);
                steps.refused(rename("/tmp/a", "/tmp/b"), EPERM);
                steps.refused(link("/etc/passwd", "/tmp/b"), EPERM);
                steps.refused(symlink("/etc/passwd", "/tmp/b"), EPERM);
                steps.refused(truncate("/tmp/a", 0), EPERM);
                steps.refused(chdir("/"), EPERM);
                steps.refused(chmod("/tmp/a", 0777), EPERM);
                steps.refused(mknod("/tmp/a", S_IFIFO | 0600, 0), EPERM);
                return steps.result();
              }),
              Held());
}

TEST(Jail, ReachesNoHost) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  base::UniqueFd one(pair[0]), other(pair[1]), tcp(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_THAT(jailed([&] {
                Steps steps;
                for (int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {
                  steps.refused(socket(family, SOCK_STREAM, 0), EPERM);
                }
                int fds[2];
                steps.refused(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), EPERM);
                sockaddr_in address = {};
                address.sin_family = AF_INET;
                const auto* at = reinterpret_cast<sockaddr*>(&address);
                steps.refused(connect(tcp.get(), at, sizeof(address)), EPERM);
                steps.refused(bind(tcp.get(), at, sizeof(address)), EPERM);
                steps.refused(listen(tcp.get(), 1), EPERM);
                steps.refused(accept(one.get(), nullptr, nullptr), EPERM);
                steps.refused(sendto(one.get(), "x", 1, 0, nullptr, 0), EPERM);
                return steps.result();
              }),
              Held());
}

TEST(Jail, StartsNoProgram) {
  base::UniqueFd program(open("/bin/true", O_RDONLY | O_CLOEXEC));
  char* const none[] = {nullptr};
  EXPECT_THAT(jailed([&] { return execve("/bin/true", none, none); }), KilledBy(SIGSYS));
  EXPECT_THAT(jailed([&] {
                syscall(SYS_execveat, program.get(), "", none, none, AT_EMPTY_PATH);
                return 1;
              }),
              KilledBy(SIGSYS));
}

TEST(Jail, MakesNoProcess) {
  EXPECT_THAT(jailed([] {
                Steps steps;
                steps.refused(fork(), EPERM);
                steps.refused(syscall(SYS_fork), EPERM);
                steps.refused(syscall(SYS_vfork), EPERM);
                steps.refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EPERM);
                steps.refused(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0), EPERM);
                steps.refused(syscall(SYS_clone, CLONE_VM | CLONE_VFORK, 0, 0, 0, 0), EPERM);
                steps.refused(syscall(SYS_clone3, nullptr, 0), ENOSYS);
                steps.holds(std::system("true") != 0);
                return steps.result();
              }),
              Held());
}

TEST(Jail, StartsThreads) {
  EXPECT_THAT(jailed([] {
                std::atomic<int> done = 0;
                std::vector<std::thread> threads;
                for (int i = 0; i < 8; ++i) threads.emplace_back([&] { ++done; });
                for (std::thread& thread : threads) thread.join();
                return done == 8 ? 0 : 1;
              }),
              Held());
}

TEST(Jail, ThreadsAreJailedToo) {
  EXPECT_THAT(jailed([] {
                int result = 1;
                std::thread([&] {
                  Steps steps;
                  steps.refused(open("/etc/passwd", O_RDONLY), EACCES);
                  steps.refused(socket(AF_INET, SOCK_STREAM, 0), EPERM);
                  result = steps.result();
                }).join();
                return result;
              }),
              Held());
}

TEST(Jail, TouchesNoOtherProcess) {
  const pid_t parent = getpid();
  EXPECT_THAT(jailed([&] {
                Steps steps;
                steps.refused(kill(parent, SIGUSR1), EPERM);
                steps.refused(kill(0, SIGUSR1), EPERM);
                steps.refused(kill(-1, SIGUSR1), EPERM);
                steps.refused(syscall(SYS_tgkill, parent, parent, SIGUSR1), EPERM);
                steps.refused(syscall(SYS_tkill, parent, SIGUSR1), EPERM);
                steps.refused(syscall(SYS_rt_sigqueueinfo, parent, SIGUSR1, nullptr), EPERM);
                steps.refused(syscall(SYS_pidfd_open, parent, 0), EPERM);
                steps.refused(setpriority(PRIO_PROCESS, 0, 19), EPERM);
                steps.refused(fcntl(STDERR_FILENO, F_SETOWN, parent), EPERM);
                return steps.result();
              }),
              Held());
  EXPECT_THAT(jailed([&] {
                ptrace(PTRACE_ATTACH, parent, nullptr, nullptr);
                return 1;
              }),
              KilledBy(SIGSYS));
  EXPECT_THAT(jailed([&] {
                syscall(SYS_process_vm_readv, parent, nullptr, 0, nullptr, 0, 0);
                return 1;
              }),
              KilledBy(SIGSYS));
}

TEST(Jail, SignalsItself) {
  EXPECT_THAT(jailed([]() -> int { std::abort(); }), KilledBy(SIGABRT));
  EXPECT_THAT(jailed([] { return kill(getpid(), SIGTERM); }), KilledBy(SIGTERM));
}

TEST(Jail, RunsNoNewCode) {
  EXPECT_THAT(jailed([] {
                Steps steps;
                constexpr int kPrivate = MAP_PRIVATE | MAP_ANONYMOUS;
                const auto map = [&](int protection) {
                  void* at = mmap(nullptr, 4096, protection, kPrivate, -1, 0);
                  return at;
                };
                void* plain = map(PROT_READ | PROT_WRITE);
                steps.holds(plain != MAP_FAILED);
                steps.holds(map(PROT_READ | PROT_EXEC) == MAP_FAILED && errno == EPERM);
                steps.refused(mprotect(plain, 4096, PROT_READ | PROT_EXEC), EPERM);
                steps.refused(syscall(SYS_pkey_mprotect, plain, 4096, PROT_EXEC, 0), EPERM);
                steps.refused(memfd_create("code", 0), EPERM);
                steps.refused(syscall(SYS_personality, 0x0400000 /* READ_IMPLIES_EXEC */), EPERM);
                return steps.result();
              }),
              Held());
}

TEST(Jail, CannotBeLoosened) {
  EXPECT_THAT(jailed(
                  [] {
                    Steps steps;
                    rlimit limit = {1000, 1000};
                    steps.refused(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
                    steps.holds(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max == 64);
                    steps.refused(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), EPERM);
                    steps.refused(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0), EPERM);
                    steps.refused(syscall(SYS_seccomp, 0, 0, nullptr), EPERM);
                    steps.refused(setuid(0), EPERM);
                    steps.holds(prctl(PR_SET_NAME, "decoder", 0, 0, 0) == 0);
                    return steps.result();
                  },
                  {.descriptors = 64}),
              Held());
}

class DeadlyCall : public testing::TestWithParam<long> {};

TEST_P(DeadlyCall, KillsTheProcess) {
  EXPECT_THAT(jailed([] {
                syscall(GetParam(), 0, 0, 0, 0, 0, 0);
                return 1;
              }),
              KilledBy(SIGSYS));
}

INSTANTIATE_TEST_SUITE_P(Jail, DeadlyCall,
                         testing::Values(SYS_bpf, SYS_mount, SYS_unshare, SYS_setns, SYS_chroot,
                                         SYS_io_uring_setup, SYS_userfaultfd, SYS_perf_event_open,
                                         SYS_init_module, SYS_open_by_handle_at, SYS_keyctl));

#if defined(__x86_64__)
TEST(Jail, HasNoOtherDoorIntoTheKernel) {
  // The x32 twin of open().
  EXPECT_THAT(jailed([] {
                Steps steps;
                const long result = syscall(0x40000000L + SYS_open, "/etc/passwd", O_RDONLY);
                steps.holds(result == -1 && (errno == EPERM || errno == ENOSYS));
                return steps.result();
              }),
              Held());
  // The 32-bit open(): SIGSYS, or SIGSEGV where the kernel has no such door.
  const int status = jailed([] {
    long result = 5;
    asm volatile("int $0x80" : "+a"(result) : "b"(0L), "c"(0L) : "memory");
    return 1;
  });
  EXPECT_TRUE(WIFSIGNALED(status)) << status;
}
#endif

TEST(Jail, LimitsMemoryFilesAndDescriptors) {
  EXPECT_THAT(jailed(
                  [] {
                    Steps steps;
                    void* at = mmap(nullptr, size_t{256} << 20, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                    steps.holds(at == MAP_FAILED && errno == ENOMEM);
                    int last = 0;
                    for (int i = 0; i < 100 && last >= 0; ++i) last = dup(STDERR_FILENO);
                    steps.holds(last == -1 && errno == EMFILE);
                    return steps.result();
                  },
                  {.memory_bytes = uint64_t{128} << 20, .descriptors = 40}),
              Held());
  char path[] = "/tmp/rushes-jail-XXXXXX";
  base::UniqueFd file(mkstemp(path));
  unlink(path);
  EXPECT_THAT(jailed(
                  [&] {
                    signal(SIGXFSZ, SIG_IGN);
                    Steps steps;
                    steps.holds(pwrite(file.get(), "12345678", 8, 0) == 8);
                    steps.refused(pwrite(file.get(), "x", 1, 4096), EFBIG);
                    return steps.result();
                  },
                  {.file_bytes = 4096}),
              Held());
}

TEST(Jail, LeavesNoPrivilege) {
  int ready[2], leave[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(leave), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto state = enter_jail({});
    char byte = state.ok() ? 1 : 0;
    if (write(ready[1], &byte, 1) != 1) _exit(kBroken);
    if (read(leave[0], &byte, 1) != 1) _exit(kBroken);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 1);
  std::ifstream file("/proc/" + std::to_string(child) + "/status");
  const std::string status((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(status, testing::HasSubstr("CapEff:\t0000000000000000\n"));
  EXPECT_THAT(status, testing::HasSubstr("CapPrm:\t0000000000000000\n"));
  EXPECT_THAT(status, testing::HasSubstr("NoNewPrivs:\t1\n"));
  EXPECT_THAT(status, testing::HasSubstr("Seccomp:\t2\n"));
  ASSERT_EQ(write(leave[1], &byte, 1), 1);
  int exited = 0;
  waitpid(child, &exited, 0);
  EXPECT_THAT(exited, Held());
  for (int fd : {ready[0], ready[1], leave[0], leave[1]}) close(fd);
}

TEST(VirtualFile, OpensForReadingByItsPath) {
  const base::UniqueFd file = file_with("a font");
  const std::string path = *publish_virtual_file(file.get());
  EXPECT_THAT(jailed([&] {
                Steps steps;
                char text[16];
                base::UniqueFd copy(open(path.c_str(), O_RDONLY | O_CLOEXEC));
                steps.holds(copy.get() >= 0 && copy.get() != file.get());
                steps.holds(read(copy.get(), text, sizeof(text)) == 6);
                steps.holds(std::string(text, 6) == "a font");
                steps.refused(write(copy.get(), "x", 1), EBADF);
                // The next one starts at the beginning again.
                std::FILE* stream = std::fopen(path.c_str(), "rb");
                steps.holds(stream != nullptr && std::fread(text, 1, 16, stream) == 6);
                struct stat info;
                steps.holds(stat(path.c_str(), &info) == 0 && info.st_size == 6);
                steps.holds(lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode));
                steps.holds(fstat(file.get(), &info) == 0 && info.st_size == 6);
                steps.holds(access(path.c_str(), R_OK) == 0);
                steps.refused(access(path.c_str(), W_OK), EACCES);
                steps.refused(readlink(path.c_str(), text, sizeof(text)), EINVAL);
                return steps.result();
              }),
              Held());
}

TEST(VirtualFile, OpensForNothingElse) {
  const base::UniqueFd file = file_with("a font"), secret = file_with("not published");
  const std::string path = *publish_virtual_file(file.get());
  EXPECT_THAT(jailed([&] {
                Steps steps;
                for (int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC,
                                  O_RDONLY | O_DIRECTORY, O_PATH}) {
                  steps.refused(open(path.c_str(), flags, 0600), EACCES);
                }
                const std::string near[] = {"/proc/self/fd/" + std::to_string(secret.get()),
                                            "/proc/self/fd/",
                                            "/proc/self/fd",
                                            "/proc/self/fd/0" + std::to_string(file.get()),
                                            path + "/",
                                            path + "/../../environ",
                                            path + "x",
                                            "/proc/self/fd/-1",
                                            "/proc/self/fd/99999999999999999999",
                                            "/proc/self/../self/fd/" + std::to_string(file.get()),
                                            ""};
                for (const std::string& other : near) {
                  steps.refused(open(other.c_str(), O_RDONLY), EACCES);
                }
                steps.refused(syscall(SYS_openat, AT_FDCWD, nullptr, O_RDONLY), EFAULT);
                return steps.result();
              }),
              Held());
}

TEST(VirtualFile, OpensFromManyThreadsAndLeavesErrnoAlone) {
  const base::UniqueFd file = file_with(std::string(100'000, 'f'));
  const std::string path = *publish_virtual_file(file.get());
  EXPECT_THAT(jailed([&] {
                std::atomic<int> wrong = 0;
                std::vector<std::thread> threads;
                for (int i = 0; i < 4; ++i) {
                  threads.emplace_back([&] {
                    for (int n = 0; n < 500; ++n) {
                      errno = 77;
                      base::UniqueFd copy(open(path.c_str(), O_RDONLY));
                      wrong += !copy || errno != 77;
                      void* at = mmap(nullptr, 100'000, PROT_READ, MAP_PRIVATE, copy.get(), 0);
                      wrong += at == MAP_FAILED || static_cast<char*>(at)[99'999] != 'f';
                      munmap(at, 100'000);
                      wrong += open("/etc/passwd", O_RDONLY) != -1;
                    }
                  });
                }
                for (std::thread& thread : threads) thread.join();
                return wrong == 0 ? 0 : 1;
              }),
              Held());
}

TEST(VirtualFile, RefusesADescriptorBeyondItsTable) {
  EXPECT_FALSE(publish_virtual_file(kMaxVirtualFd).ok());
  EXPECT_FALSE(publish_virtual_file(-1).ok());
}

// Where hardware may be reached: what drivers need, and nothing of the user's.
TEST(DeviceJail, OpensLibrariesAndDevicesAlone) {
  if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  char secret[] = "/tmp/rushes-jail-XXXXXX";
  const base::UniqueFd file(mkstemp(secret));
  EXPECT_THAT(
      jailed(
          [&] {
            Steps steps;
            for (const char* path : {"/etc/ld.so.cache", "/proc/self/status", "/proc/cpuinfo"}) {
              const base::UniqueFd opened(open(path, O_RDONLY | O_CLOEXEC));
              steps.holds(static_cast<bool>(opened));
            }
            std::FILE* null = std::fopen("/dev/null", "r+");
            steps.holds(null != nullptr);
            steps.refused(open("/etc/ld.so.cache", O_RDWR), EACCES);
            steps.refused(open("/etc/passwd", O_RDONLY), EACCES);
            steps.refused(open(secret, O_RDONLY), EACCES);
            steps.refused(open("/tmp/rushes-made", O_RDWR | O_CREAT, 0600), EACCES);
            const std::string parent = "/proc/" + std::to_string(getppid()) + "/environ";
            steps.refused(open(parent.c_str(), O_RDONLY), EACCES);
            steps.refused(unlink(secret), EPERM);
            steps.refused(socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
            steps.refused(kill(getppid(), 0), EPERM);
            return steps.result();
          },
          {.devices = true}),
      Held());
  unlink(secret);
  EXPECT_THAT(jailed(
                  [] {
                    char name[] = "/bin/true";
                    char* arguments[] = {name, nullptr};
                    execv(name, arguments);
                    return 1;
                  },
                  {.devices = true}),
              KilledBy(SIGSYS));
}

TEST(DeviceJail, LoadsLibraries) {
  if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  const auto load = [] { return dlopen("libutil.so.1", RTLD_NOW) != nullptr ? 0 : 1; };
  EXPECT_THAT(jailed(load, {.devices = true}), Held());
  EXPECT_THAT(jailed([&] { return 1 - load(); }), Held());
}

TEST(DeviceJail, HasItsFontsAllTheSame) {
  if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  const base::UniqueFd file = file_with("a font");
  const std::string path = *publish_virtual_file(file.get());
  EXPECT_THAT(jailed(
                  [&] {
                    Steps steps;
                    char text[16];
                    const base::UniqueFd copy(open(path.c_str(), O_RDONLY | O_CLOEXEC));
                    steps.holds(read(copy.get(), text, sizeof(text)) == 6);
                    struct stat info;
                    steps.holds(stat(path.c_str(), &info) == 0 && info.st_size == 6);
                    steps.holds(fstat(file.get(), &info) == 0 && info.st_size == 6);
                    return steps.result();
                  },
                  {.devices = true}),
              Held());
}

// Landlock alone, in a process without the filter: the wall behind the wall.
int landlocked(const LandlockOptions& options, const std::function<int()>& attempt) {
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(kBroken);
    if (!install_landlock(options).ok()) _exit(kBroken);
    _exit(attempt());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(Landlock, RefusesFilesByItself) {
  const int abi = landlock_abi();
  ASSERT_GE(abi, 0);
  if (abi == 0) return;  // said by the jail: SaysThatItIsWhole
  const pid_t parent = getpid();
  EXPECT_THAT(
      landlocked({.abi = abi},
                 [&] {
                   Steps steps;
                   steps.refused(open("/etc/passwd", O_RDONLY), EACCES);
                   steps.refused(open("/tmp/rushes-escaped", O_CREAT | O_WRONLY, 0600), EACCES);
                   steps.refused(mkdir("/tmp/rushes-escaped", 0700), EACCES);
                   if (abi >= 4) {
                     sockaddr_in address = {};
                     address.sin_family = AF_INET;
                     address.sin_port = htons(9);
                     address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                     base::UniqueFd tcp(socket(AF_INET, SOCK_STREAM, 0));
                     steps.refused(
                         connect(tcp.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)),
                         EACCES);
                   }
                   if (abi >= 6) steps.refused(kill(parent, 0), EPERM);
                   return steps.result();
                 }),
      Held());
}

TEST(Landlock, CanLeaveReadingToWhereThereIsNoFilter) {
  const int abi = landlock_abi();
  if (abi == 0) return;  // said by the jail: SaysThatItIsWhole
  EXPECT_THAT(landlocked({.abi = abi, .keep_reads = true},
                         [&] {
                           Steps steps;
                           steps.holds(open("/etc/passwd", O_RDONLY) >= 0);
                           steps.refused(open("/tmp/rushes-escaped", O_CREAT | O_WRONLY, 0600),
                                         EACCES);
                           return steps.result();
                         }),
              Held());
}

}  // namespace
}  // namespace rushes::engine
