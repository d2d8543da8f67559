using System.Globalization;
using System.Management.Automation;

namespace HubCache.PowerShell.Formatting;

/// <summary>Times as ages for people. The methods that take a PSObject are the code behind hidden properties for the table views.</summary>
public static class AgeText
{
    private const double DaysOfMonth = 30.44;
    private const double DaysOfYear = 365.25;

    /// <summary>
    /// How long ago a time was, in one unit and at most 13 characters; the date of a time that is still to come, as clocks of other
    /// machines may say.
    /// </summary>
    /// <param name="time">A local time, or one in UTC.</param>
    /// <param name="now">Now, in UTC.</param>
    public static string Of(DateTime time, DateTime now)
    {
        TimeSpan age = now - time.ToUniversalTime();
        return age switch
        {
            _ when age < TimeSpan.FromMinutes(-1) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ when age < TimeSpan.FromMinutes(1) => "just now",
            _ when age < TimeSpan.FromHours(1) => $"{(int)age.TotalMinutes} min ago",
            _ when age < TimeSpan.FromDays(1) => Ago(age.TotalHours, "hour"),
            _ when age.TotalDays < DaysOfMonth => Ago(age.TotalDays, "day"),
            _ when age.TotalDays < DaysOfYear => Ago(Math.Min(age.TotalDays / DaysOfMonth, 11), "month"),
            _ => Ago(age.TotalDays / DaysOfYear, "year"),
        };
    }

    /// <summary>The property <c>LastModified</c> as an age.</summary>
    public static string LastModified(PSObject instance) => OfProperty(instance, "LastModified");

    /// <summary>The property <c>LastAccessed</c> as an age.</summary>
    public static string LastAccessed(PSObject instance) => OfProperty(instance, "LastAccessed");

    private static string OfProperty(PSObject? instance, string name)
        => instance?.Properties[name]?.Value is DateTime time ? Of(time, DateTime.UtcNow) : string.Empty;

    private static string Ago(double count, string unit) => (int)count == 1 ? $"1 {unit} ago" : $"{(int)count} {unit}s ago";
}
