@{
    # Every rule counts, at every severity; what is left out says why.
    ExcludeRules = @(
        # Pester's blocks see the variables of BeforeAll in a way that the rule does not know.
        'PSUseDeclaredVarsMoreThanAssignments'
        # The text of the tests is UTF-8 without a mark, as everything here.
        'PSUseBOMForUnicodeEncodedFile'
    )
}
