using System.Globalization;
using System.Runtime.InteropServices;
using System.Security;
using Microsoft.Win32;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Windows;

/// <summary>What the registry and the kernel of Windows tell.</summary>
internal sealed partial class WindowsProcesses : ProcessTable
{
    private const uint QueryLimitedInformation = 0x1000;
    private const int InvalidParameter = 87;
    private const uint StillActive = 259;

    /// <summary>
    /// The id that Setup gives an installation, and the machine's name: containers of one image, and clones that were renamed, share the
    /// id.
    /// </summary>
    public override string? MachineId()
    {
        return Value(@"SOFTWARE\Microsoft\Cryptography", "MachineGuid") is string { Length: > 0 } id
            ? $"{id}|{Environment.MachineName}"
            : null;
    }

    /// <summary>When the kernel was started, independent of the clock's setting, and the number that each start counts up.</summary>
    /// <remarks>SYSTEM_TIMEOFDAY_INFORMATION: a clock that is set moves BootTime and BootTimeBias alike.</remarks>
    public override unsafe string? BootId()
    {
        const int SystemTimeOfDay = 3;
        if (QuerySystem(SystemTimeOfDay, out TimeOfDay times, sizeof(TimeOfDay), out _) != 0)
        {
            return null;
        }

        object? count = Value(@"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters", "BootId");
        return string.Create(CultureInfo.InvariantCulture, $"{count}|{times.BootTime - times.BootTimeBias}");
    }

    public override string? NamespaceId() => null;

    public override long? StartOf(int pid)
    {
        using SafeProcessHandle process = OpenProcess(QueryLimitedInformation, false, pid);
        return !process.IsInvalid && GetProcessTimes(process, out long created, out _, out _, out _) ? created : null;
    }

    public override bool IsGone(int pid, long start)
    {
        using SafeProcessHandle process = OpenProcess(QueryLimitedInformation, false, pid);
        if (process.IsInvalid)
        {
            // Any other error is that of a process that is there and may not be asked.
            return Marshal.GetLastPInvokeError() == InvalidParameter;
        }

        // An open handle of an ended process keeps its id from being used again.
        return (GetExitCodeProcess(process, out uint code) && code != StillActive)
            || (start != 0 && GetProcessTimes(process, out long created, out _, out _, out _) && created != start);
    }

    private static object? Value(string key, string name)
    {
        if (!OperatingSystem.IsWindows())
        {
            return null;
        }

        try
        {
            using var machine = RegistryKey.OpenBaseKey(RegistryHive.LocalMachine, RegistryView.Registry64);
            using RegistryKey? opened = machine.OpenSubKey(key);
            return opened?.GetValue(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SecurityException)
        {
            return null;
        }
    }

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial SafeProcessHandle OpenProcess(uint access, [MarshalAs(UnmanagedType.Bool)] bool inherit, int pid);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetProcessTimes(
        SafeProcessHandle process, out long created, out long ended, out long kernel, out long user);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetExitCodeProcess(SafeProcessHandle process, out uint code);

    [LibraryImport("ntdll", EntryPoint = "NtQuerySystemInformation")]
    private static partial int QuerySystem(int kind, out TimeOfDay times, int length, out int returned);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeOfDay
    {
        public long BootTime;
        public long CurrentTime;
        public long TimeZoneBias;
        public uint TimeZoneId;
        public uint Reserved;
        public long BootTimeBias;
        public long SleepTimeBias;
    }
}
