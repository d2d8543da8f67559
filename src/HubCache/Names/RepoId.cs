using System.Text.RegularExpressions;

namespace HubCache;

/// <summary>A repo id that has been checked: <c>name</c> or <c>namespace/name</c>.</summary>
/// <remarks>The rules are those of huggingface_hub's <c>validate_repo_id</c>, for ASCII.</remarks>
public sealed partial record RepoId
{
    private RepoId(string value) => Value = value;

    /// <summary>The id as the Hub writes it, casing kept.</summary>
    public string Value { get; }

    /// <summary>Checks a repo id.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidRepoId"/>.</exception>
    public static RepoId Parse(string value)
    {
        if (Fault(value) is string fault)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidRepoId,
                $"'{value}' is not a repo id: it {fault}.",
                value ?? string.Empty,
                Split(value) ?? "Give the id as the Hub shows it, 'name' or 'namespace/name', and say the type with -RepoType.");
        }

        return new RepoId(value);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>The advice for an id with the name of a file behind it; null when it is not one.</summary>
    private static string? Split(string? value)
    {
        return value?.Split('/', 3) is [{ Length: > 0 } space, { Length: > 0 } name, { Length: > 0 } file]
            && Fault($"{space}/{name}") is null
            ? $"Give the repo and the file apart: -RepoId {space}/{name} -FileName '{file}'."
            : null;
    }

    private static string? Fault(string value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return "is empty";
        }

        if (value.Split('/').Length > 2)
        {
            return "has more than one '/'";
        }

        if (value.Contains("--", StringComparison.Ordinal) || value.Contains("..", StringComparison.Ordinal))
        {
            return "has '--' or '..'";
        }

        if (value.EndsWith(".git", StringComparison.Ordinal))
        {
            return "ends in '.git'";
        }

        return Pattern().IsMatch(value)
            ? null
            : "may hold only letters, digits, '-', '_' and '.', at most 96 on each side, and may not begin or end with '-' or '.'";
    }

    [GeneratedRegex(@"\A([A-Za-z0-9_]([A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?/)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?\z")]
    private static partial Regex Pattern();
}
